/** What a comparison of learners says: means over seeds with standard errors, and who wins by seed. */

export function meanOf(losses) {
  const n = losses.length;
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / n;
  const variance = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / Math.max(1, n - 1);
  return { mean, se: n > 1 ? Math.sqrt(variance / n) : null };
}

export function summaryOf(table, runs) {
  const losses = runs.map(({ loss }) => loss);
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0);
  return {
    set: table.name,
    rows: table.rows.length,
    classes: table.classes.length,
    ...meanOf(losses),
    seeds: losses.length,
    losses,
    own: [...new Set(runs.map(({ own }) => own))].join(", "),
    rowsPerSecond: Math.round((table.rows.length * losses.length) / seconds),
  };
}

/** @param peers {name, losses}[]; recorded ones may be of another machine, so without a rate. */
export function describeLearning(summary, peers, recorded) {
  const { set, rows, classes, mean, se, seeds, losses, own, rowsPerSecond } = summary;
  const row = (cells) => `| ${cells.join(" | ")} |\n`;
  const number = (value) => (value === null || value === undefined ? "" : value.toFixed(4));
  let text = `\n${set}: ${rows} rows, ${classes} classes, ${seeds} seeds, uniform choice ${(1 - 1 / classes).toFixed(3)}\n`;
  text += row(["learner", "loss", "s.e.", "wins–losses of Brigand by seed", "rows/s"]);
  text += row(["---", "---", "---", "---", "---"]);
  text += row([`Brigand, default (${own})`, number(mean), number(se), "", String(rowsPerSecond)]);
  for (const peer of peers) {
    const theirs = meanOf(peer.losses);
    const pairs = Math.min(losses.length, peer.losses.length);
    const wins = losses.slice(0, pairs).filter((loss, i) => loss < peer.losses[i]).length;
    const lost = losses.slice(0, pairs).filter((loss, i) => loss > peer.losses[i]).length;
    const name = recorded ? `${peer.name}, recorded elsewhere` : peer.name;
    text += row([name, number(theirs.mean), number(theirs.se), `${wins}–${lost}`, peer.rowsPerSecond ?? ""]);
  }
  return text;
}

export function describeClicks({ set, seeds, all, secondHalf, regretRatio }) {
  const text = ({ mean, se }) => `${mean.toFixed(4)} ± ${(se ?? 0).toFixed(4)}`;
  return `${set}: click rate ${text(all)}, second half ${text(secondHalf)}, ${seeds} seeds\n${
    regretRatio === undefined
      ? ""
      : `clicks missed after the change, with forgetting over without: ${text(regretRatio)}\n`
  }`;
}

/** @param peers {name, mean, se, n, lastHalf}[] of another run. */
export function describeAds({ events, seeds, expected, expectedLastHalf, realised, eventsPerSecond }, peers) {
  const percent = (rate) => `${(100 * rate).toFixed(3)} %`;
  const row = (cells) => `| ${cells.join(" | ")} |\n`;
  let text = `\ntwo ads, 4 % against 3 %: ${events} events, clicks expected of what was served; 4 % is perfect, uniform 3.5 %\n`;
  text += row(["learner", "expected", "s.e.", "last half", "clicked", "seeds", "events/CPU s"]);
  text += row(["---", "---", "---", "---", "---", "---", "---"]);
  const own = [
    percent(expected.mean),
    expected.se === null ? "" : percent(expected.se),
    percent(expectedLastHalf.mean),
  ];
  text += row(["Brigand, default", ...own, percent(realised.mean), seeds, eventsPerSecond]);
  for (const { name, mean, se, n, lastHalf } of peers)
    text += row([`${name}, recorded elsewhere`, percent(mean), percent(se), percent(lastHalf), "", n, ""]);
  return text;
}

export function describeCoverage({ set, held, resamples, rows, covered, tenths }) {
  const row = (cells) => `| ${cells.join(" | ")} |\n`;
  const share = (value) => value.toFixed(3);
  let text = `\n${set}: ${held} rows kept from the learner, ${resamples} resamples of ${rows}; 90 % intervals held the truth ${share(covered)}\n`;
  text += row([
    "tenth",
    "predicted",
    "true mean",
    "interval of the rewards holds the truth",
    "Wilson's does",
    "rewards within the model's own interval",
  ]);
  text += row(["---", "---", "---", "---", "---", "---"]);
  tenths.forEach((tenth, d) => {
    text += row([d + 1, ...[tenth.predicted, tenth.truth, tenth.covered, tenth.wilson, tenth.within].map(share)]);
  });
  return text;
}

/** Clicks behind the oracle in the second half, world by world, and their ratios. */
export function describeDrift({ set, steps, worlds, ratio, floor, costRatio, unneeded }) {
  const row = (cells) => `| ${cells.join(" | ")} |\n`;
  const text = ({ mean, se }) => `${mean.toFixed(3)} ± ${(se ?? 0).toFixed(3)}`;
  let table = `\n${set}: ${steps} decisions in ${worlds.length} worlds, a change half way; clicks behind the oracle after it\n`;
  table += row(["world", "with forgetting", "without", "ratio", "nothing changes: with", "without"]);
  table += row(["---", "---", "---", "---", "---", "---"]);
  worlds.forEach(({ forgetting, without, unchanged, unchangedWithout }, i) => {
    const ratioOf = (forgetting / without).toFixed(3);
    const clicks = [forgetting, without].map((value) => value.toFixed(0));
    table += row([i + 1, ...clicks, ratioOf, unchanged.toFixed(0), unchangedWithout.toFixed(0)]);
  });
  table += `with over without, mean and standard error over worlds: ${text(ratio)}\n`;
  table += `had the change cost nothing: ${text(floor)}; of the cost of the change alone: ${text(costRatio)}\n`;
  return `${table}where nothing changes, with over without: ${text(unneeded)}\n`;
}
