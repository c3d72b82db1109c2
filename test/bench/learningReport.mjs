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

export function describeClicks({ set, seeds, all, secondHalf }) {
  const text = ({ mean, se }) => `${mean.toFixed(4)} ± ${(se ?? 0).toFixed(4)}`;
  return `${set}: click rate ${text(all)}, second half ${text(secondHalf)}, ${seeds} seeds\n`;
}
