/** The tour's figures for people. */

export function describe({ rate, imported, trained, machine, replay, people, processes, failed }) {
  const { ndcg10, rankMs, tookMs, rewardMs, versions } = replay;
  const degraded = Object.entries(replay.degraded).map(([reason, n]) => `${n} degraded (${reason})`);
  return `${[
    "",
    `Import      ${imported.accepted} events, ${imported.eventsPerSecond} events/s; first learned in version ${trained.version}`,
    `Live        ${replay.rankings} rankings of 24 at ${rate}/s, ${replay.rewards} rewards, ${replay.seconds.toFixed(1)} s, ${replay.errors} errors${degraded.length === 0 ? ", none degraded" : `, ${degraded.join(", ")}`}`,
    `  machine   ${machine.cores} cores, ${machine.load.toFixed(1)} processes wanted one in the last minute`,
    `  rank      p50 ${ms(rankMs.p50)}, p99 ${ms(rankMs.p99)}, longest ${ms(rankMs.max)}; inside the server p50 ${ms(tookMs.p50)}, p99 ${ms(tookMs.p99)}`,
    `  rewards   p50 ${ms(rewardMs.p50)}, p99 ${ms(rewardMs.p99)} (durability: disk)`,
    `  versions  ${versions[0]} to ${versions.at(-1)}, ${replay.swaps} swapped while serving`,
    `  NDCG@10   ${ndcg10.byMean.toFixed(4)} by posterior mean, ${ndcg10.asDrawn.toFixed(4)} as drawn, ${ndcg10.random.toFixed(4)} random`,
    "",
    ...twoLists(people),
    "",
    `Processes   ${processes.counted} ran, ${processes.left.length === 0 ? "none is left" : `left: ${processes.left.join(", ")}`}`,
    failed.length === 0 ? "All figures hold." : `Short: ${failed.join("; ")}`,
  ].join("\n")}\n`;
}

function twoLists({ film, version, changedMs, placesHigher, five, topA, topB }) {
  const width = Math.max(...topA.map((title) => title.length), 24);
  const mark = (title) => (five.some((near) => near.title === title) ? `* ${title}` : `  ${title}`);
  return [
    `Two users   model ${version} pinned; both were shown ${film}: A clicked it, B passed it over`,
    `  means     A's changed ${ms(changedMs.a)} after the click was acknowledged, B's ${ms(changedMs.b)} after it settled`,
    `  the five nearest by tags stand ${placesHigher.toFixed(1)} places higher for A (of 100, by posterior mean):`,
    `  ${"".padEnd(width + 2)}     before     A     B`,
    ...five.map(
      (near) =>
        `  * ${near.title.padEnd(width + 2)} ${[near.before, near.a, near.b].map((place) => String(place).padStart(7)).join("")}`,
    ),
    "",
    `  place  ${"A".padEnd(width + 4)}B`,
    ...topA.map((title, i) => `  ${String(i + 1).padStart(5)}  ${mark(title).padEnd(width + 4)}${mark(topB[i])}`),
  ];
}

function ms(value) {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
