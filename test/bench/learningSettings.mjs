/** Made-up settings of the learning bench: the news example, and two ads whose click rates differ by one in a hundred. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describeAds, describeClicks, describeCoverage, describeDrift, meanOf } from "./learningReport.mjs";

const load = (dist, file) => import(pathToFileURL(join(dist, "training", "simulate", file)).href);

function seedsOf(count) {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** The news example, with tastes that stay and that change half way; the last without forgetting, paired by seed. */
export async function news({ dist, seeds, json }) {
  const { newsClicks } = await load(dist, "news.js");
  const missed = [];
  for (const [set, steps, options] of NEWS) {
    const runs = seedsOf(seeds).map((seed) => newsClicks(seed, { steps, ...options }));
    const clicks = { set, seeds };
    for (const part of ["all", "secondHalf"]) clicks[part] = meanOf(runs.map((run) => run[part]));
    if (options.swap) missed.push(runs.map((run) => 1 - run.secondHalf));
    if (missed.length === 2) clicks.regretRatio = meanOf(missed[0].map((regret, i) => regret / missed[1][i]));
    process.stdout.write(json ? `${JSON.stringify(clicks)}\n` : describeClicks(clicks));
  }
}

const NEWS = [
  ["news", 5_000, { swap: false }],
  ["news, tastes change", 10_000, { swap: true }],
  ["news, tastes change, forgetting nothing", 10_000, { swap: true, forgets: false }],
];

/** The setting of Vowpal Wabbit's issue 1687; what Vowpal Wabbit reached there is read from a file of another run. */
export async function ads({ dist, seeds, events, recorded, json }) {
  const { adClicks } = await load(dist, "twoAds.js");
  const from = process.cpuUsage().user;
  const runs = seedsOf(seeds).map((seed) => adClicks(seed, events));
  const eventsPerSecond = Math.round((seeds * events * 1e6) / (process.cpuUsage().user - from));
  const result = { set: "two ads", events, seeds, eventsPerSecond };
  for (const part of ["expected", "expectedLastHalf", "realised"]) result[part] = meanOf(runs.map((run) => run[part]));
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : describeAds(result, recordedAds(recorded)));
}

function recordedAds(file) {
  if (!existsSync(file)) return [];
  const configurations = JSON.parse(readFileSync(file, "utf8")).results?.mtr1687 ?? {};
  return Object.entries(configurations).map(([name, { summary }]) => ({
    name: `vw ${name}`,
    ...summary.policy_ctr,
    lastHalf: summary.policy_ctr_last_half?.mean,
  }));
}

/** 90 % intervals by tenth of predicted mean, on rows kept from the learner: of a simulated world and of pendigits. */
export async function intervals({ dist, table, resamples, json }) {
  const { coverage, heldBackOfTable, heldBackOfWorld } = await load(dist, "coverage.js");
  const world = heldBackOfWorld("coverage", { learned: 2_500, held: 500 });
  const sets = [
    ["simulator", world],
    ...(table ? [[table.name, heldBackOfTable(table, { learned: 1_000, seed: 1 })]] : []),
  ];
  for (const [set, held] of sets) {
    const tenths = coverage(held, { resamples, rows: 3_000, seed: 1 });
    const all = tenths.reduce((sum, { covered }) => sum + covered / tenths.length, 0);
    const result = { set, held: held.length, resamples, rows: 3_000, covered: all, tenths };
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : describeCoverage(result));
  }
}

/**
 * Regret after the simulator's best items change, with forgetting over without, in worlds brigand-1 and so on; each is
 * told as it ends. Cost: about a minute of one core a world, and there are two kinds.
 */
export async function drift({ dist, seeds, json }) {
  const { driftRegret, ITEMS_LAW } = await load(dist, "drift.js");
  const steps = 20_000;
  for (const [set, law] of [
    ["items differ more than people", ITEMS_LAW],
    ["default world: people differ more than items", undefined],
  ]) {
    const worlds = [];
    for (const seed of seedsOf(seeds)) {
      const world = { set, seed: `brigand-${seed}`, ...(await driftRegret(`brigand-${seed}`, { steps, law })) };
      worlds.push(world);
      const ratio = (world.forgetting / world.without).toFixed(3);
      process.stdout.write(json ? `${JSON.stringify(world)}\n` : `${set}, ${world.seed}: ${ratio}\n`);
    }
    const over = (value) => meanOf(worlds.map(value));
    const result = {
      set,
      seeds,
      steps,
      ratio: over(({ forgetting, without }) => forgetting / without),
      floor: over(({ unchanged, without }) => unchanged / without),
      costRatio: over((w) => (w.forgetting - w.unchanged) / (w.without - w.unchangedWithout)),
      unneeded: over(({ unchanged, unchangedWithout }) => unchanged / unchangedWithout),
      worlds,
    };
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : describeDrift(result));
  }
}
