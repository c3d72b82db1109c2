/** Windows of targets → numbers → text. */
import { median, rounded, table } from "./report.mjs";

/** Medians over the windows, and the ratio to the echo's window of the same round. */
export function rowOf({ name, body, windows, echo }) {
  const ratios = windows.map(({ perSecond }, round) => perSecond / echo[round].perSecond);
  const middle = (key, digits) => rounded(median(windows.map((one) => one[key])), digits);
  return {
    ...{
      name,
      bodyBytes: typeof body === "string" ? Buffer.byteLength(body) : Buffer.byteLength(body.base64, "base64"),
      perSecond: middle("perSecond", 0),
    },
    ...{ p50: middle("p50", 2), p99: middle("p99", 2), cpuMicros: middle("cpuMicros", 1) },
    ...{ ratio: rounded(median(ratios), 3), ratioMin: rounded(Math.min(...ratios), 3) },
    ...{ ratioMax: rounded(Math.max(...ratios), 3), p99Echo: rounded(median(echo.map(({ p99 }) => p99)), 2) },
  };
}

export function describe({ machine, setup, rows, sweep }) {
  const lines = [
    `CPU ${machine.cpu}, ${machine.cores} cores; Node ${machine.node}; log level ${machine.durability}`,
    `${setup.connections} connections (plain sockets), ${setup.rounds} rounds of ${setup.seconds} s each; ${setup.items} candidates, ${setup.slots} slots, ${setup.features} stored numbers each`,
    "",
    table(
      [
        ...["", "body bytes", "requests/s", "ratio to echo (min-max)", "p50/p99 ms", "CPU µs"],
        ...["at half: p50/p99 ms", "p99 ratio to echo"],
      ],
      rows.map((row) => [
        ...[row.name, row.bodyBytes, row.perSecond, `${row.ratio} (${row.ratioMin}-${row.ratioMax})`],
        ...[`${row.p50}/${row.p99}`, row.cpuMicros],
        ...[`${rounded(row.half.p50, 2)}/${rounded(row.half.p99, 2)}`, rounded(row.half.p99 / row.halfEcho.p99, 2)],
      ]),
    ),
    "",
  ];
  if (sweep === undefined) return lines.join("\n");
  return [
    ...lines,
    "Cost by candidates and by stored numbers, 4 connections:",
    table(
      ["candidates", "numbers", "requests/s", "ratio to echo", "p50/p99 ms", "echo p99 ms", "CPU µs"],
      sweep.map((row) => [
        ...[row.items, row.features, row.perSecond, row.ratio, `${row.p50}/${row.p99}`, row.p99Echo, row.cpuMicros],
      ]),
    ),
    "",
  ].join("\n");
}
