/** The last fifth of the log as live traffic: each ranking asked for, its clicks sent a little later. */
import { setTimeout as sleep } from "node:timers/promises";
import { mulberry32, shuffled } from "./data.mjs";
import { send } from "./product.mjs";

const REWARD_DELAY_MS = [1000, 3000];
const VERSIONS_LEAST = 3;
const SHUFFLES = 20;

/** Sends at a steady rate whether answers are there or not. */
export async function replayLive({ url, policy, live, clicks, rate, onProgress }) {
  const random = mulberry32(11);
  const result = {
    rankings: 0,
    rewards: 0,
    degraded: new Map(),
    errors: [],
    rankMs: [],
    tookMs: [],
    rewardMs: [],
    versions: new Map(),
    ndcg: [],
    drawn: [],
    byChance: [],
  };
  const started = performance.now();
  const open = [];
  for (const [index, ranking] of live.entries()) {
    const wait = started + (1000 * index) / rate - performance.now();
    if (wait > 0) await sleep(wait);
    open.push(
      visit({ url, policy, ranking, clicked: clicks.get(ranking.id), random, result }).catch((error) =>
        result.errors.push(error.message),
      ),
    );
    onProgress(index + 1, result);
  }
  await Promise.all(open);
  return report(result, (performance.now() - started) / 1000);
}

async function visit({ url, policy, ranking, clicked, random, result }) {
  const items = ranking.items.map(({ id }) => ({ id }));
  const from = performance.now();
  const answer = await send(`${url}/v1/rank`, { policy, user: { id: ranking.user }, items, slots: items.length });
  result.rankMs.push(performance.now() - from);
  note(answer, { items, clicked, random, result });
  await sleep(REWARD_DELAY_MS[0] + random() * (REWARD_DELAY_MS[1] - REWARD_DELAY_MS[0]));
  const { decisionId } = answer;
  const rewards = clicked.map(({ id, item, type }) => ({ decisionId, item, value: 1, type, rewardId: id }));
  const sent = performance.now();
  const { accepted, rejected } = await send(`${url}/v1/rewards`, rewards);
  result.rewardMs.push(performance.now() - sent);
  result.rewards += accepted;
  for (const { code, message } of rejected) result.errors.push(`${code}: ${message}`);
}

function note(answer, { items, clicked, random, result }) {
  result.rankings++;
  if (!Number.isInteger(answer.modelVersion)) result.errors.push("an answer names no model version");
  if (answer.items.length !== items.length)
    result.errors.push(`${answer.items.length} items came for ${items.length} slots`);
  result.versions.set(answer.modelVersion, (result.versions.get(answer.modelVersion) ?? 0) + 1);
  result.tookMs.push(answer.tookMs);
  if (answer.served !== "model") {
    result.degraded.set(answer.reason, (result.degraded.get(answer.reason) ?? 0) + 1);
    return;
  }
  const good = new Set(clicked.map(({ item }) => item));
  const byScore = [...answer.items].sort((a, b) => b.score - a.score);
  result.ndcg.push(ndcg10(byScore, good));
  result.drawn.push(ndcg10(answer.items, good));
  let chance = 0;
  for (let i = 0; i < SHUFFLES; i++) chance += ndcg10(shuffled(items, random), good) / SHUFFLES;
  result.byChance.push(chance);
}

function ndcg10(list, good) {
  let gain = 0;
  let best = 0;
  for (let i = 0; i < Math.min(10, list.length); i++) {
    if (good.has(list[i].id)) gain += 1 / Math.log2(i + 2);
    if (i < good.size) best += 1 / Math.log2(i + 2);
  }
  return best === 0 ? 0 : gain / best;
}

function report(result, seconds) {
  const versions = [...result.versions.keys()].sort((a, b) => a - b);
  const failed = [];
  if (result.errors.length > 0) failed.push(`${result.errors.length} errors, the first: ${result.errors[0]}`);
  if (versions.length - 1 < VERSIONS_LEAST)
    failed.push(`${versions.length - 1} versions were swapped, not ${VERSIONS_LEAST}`);
  return {
    ...{ rankings: result.rankings, rewards: result.rewards, seconds, errors: result.errors.length },
    degraded: Object.fromEntries(result.degraded),
    rankMs: quantiles(result.rankMs),
    tookMs: quantiles(result.tookMs),
    rewardMs: quantiles(result.rewardMs),
    versions,
    swaps: versions.length - 1,
    ndcg10: { byMean: mean(result.ndcg), asDrawn: mean(result.drawn), random: mean(result.byChance) },
    failed,
  };
}

export function quantiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) };
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
