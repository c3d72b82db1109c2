/** Windows → numbers → text. */

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
export const rounded = (value, digits) => Number(value.toFixed(digits));

/** One explorer's windows as medians, with the range of the ratio. */
export function rowsOf({ explorer, pairs, stages, log }) {
  const ratios = pairs.map(({ server, echo }) => server.perSecond / echo.perSecond);
  const of = (who) => {
    const middle = (name, digits) => rounded(median(pairs.map((pair) => pair[who][name])), digits);
    return {
      ...{ perSecond: middle("perSecond", 0), p50: middle("p50", 2), p99: middle("p99", 2) },
      ...{ cpuMicros: middle("cpuMicros", 1), answerBytes: middle("answerBytes", 0), generatorCpu: middle("cpu", 2) },
    };
  };
  const server = of("server");
  const echo = of("echo");
  return {
    explorer,
    ...{
      ratio: rounded(median(ratios), 3),
      ratioMin: rounded(Math.min(...ratios), 3),
      ratioMax: rounded(Math.max(...ratios), 3),
    },
    cpuRatio: rounded(echo.cpuMicros / server.cpuMicros, 3),
    ...{ server, echo, log, stages: stages.mean },
  };
}

export function describe({ machine, setup, explorers }) {
  const { model, answer } = setup;
  return [
    `CPU ${machine.cpu}, ${machine.cores} cores; Node ${machine.node}; Fastify ${machine.fastify}`,
    `${setup.connections} connections (${setup.generator}), ${setup.rounds} rounds of ${setup.seconds} s each; ${setup.items} stored candidates, ${setup.slots} slots`,
    `body ${setup.bodyBytes} bytes; served ${answer.served}, model version ${answer.modelVersion} (trained on ${model.rows} rows); log level ${setup.durability}`,
    "",
    table(
      [
        "explorer",
        "ratio (min-max)",
        "CPU ratio",
        "rank/s",
        "echo/s",
        "rank p50/p99 ms",
        "echo p50/p99 ms",
        "answer/echo bytes",
        "log bytes",
        "full lines",
      ],
      explorers.map((row) => [
        row.explorer,
        `${row.ratio} (${row.ratioMin}-${row.ratioMax})`,
        row.cpuRatio,
        row.server.perSecond,
        row.echo.perSecond,
        `${row.server.p50}/${row.server.p99}`,
        `${row.echo.p50}/${row.echo.p99}`,
        `${row.server.answerBytes}/${row.echo.answerBytes}`,
        row.log.bytesPerDecision,
        `${(row.log.fullShare * 100).toFixed(1)} %`,
      ]),
    ),
    "",
    "Microseconds a decision. CPU: of the process with its threads. wait is time, not CPU; score holds a turn of the event loop.",
    table(
      ["explorer", "CPU rank", "CPU echo", ...Object.keys(explorers[0].stages)],
      explorers.map((row) => [
        ...[row.explorer, row.server.cpuMicros, row.echo.cpuMicros],
        ...Object.values(row.stages).map((micros) => micros.toFixed(1)),
      ]),
    ),
    "",
  ].join("\n");
}

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
