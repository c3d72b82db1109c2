/**
 * Open-loop load, in a process of its own: requests go out at their times, however long earlier ones take; a share of
 * the answers is rewarded after a while. Keeps when each model version answered first.
 */
import { Agent, setGlobalDispatcher } from "undici";
import { itemId, mulberry32, POLICY } from "./prepare.mjs";
import { answer } from "./processes.mjs";

const TICK_MS = 2;
/** A reward comes this long after its answer: before its row settles. */
const REWARD_AFTER_MS = [50, 1500];
const epoch = () => performance.timeOrigin + performance.now();

setGlobalDispatcher(new Agent({ connections: 64, pipelining: 1 }));
const random = mulberry32(3);
const stats = {
  sent: 0,
  answered: 0,
  rewarded: 0,
  failed: 0,
  failure: undefined,
  latencies: [],
  versions: {},
  underWay: 0,
};

answer({
  /** Resolves when all is answered. */
  async run({ url, rate, seconds, rewardShare, items, slots, users }) {
    const list = Array.from({ length: items }, (_, i) => ({ id: itemId(i) }));
    const from = performance.now();
    const total = rate * seconds;
    const waiting = new Set();
    await new Promise((resolve) => {
      const timer = setInterval(() => {
        const due = Math.min(total, Math.floor(((performance.now() - from) / 1000) * rate));
        while (stats.sent < due) {
          stats.sent++;
          const body = { policy: POLICY, user: { id: `user-${Math.floor(random() * users)}` }, items: list, slots };
          const one = decide(url, body, rewardShare).finally(() => waiting.delete(one));
          waiting.add(one);
        }
        if (stats.sent < total) return;
        clearInterval(timer);
        resolve();
      }, TICK_MS);
    });
    await Promise.all(waiting);
  },
  /** Everything so far; latencies from one call to the next. */
  async facts() {
    const latencies = stats.latencies.sort((a, b) => a - b);
    const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))];
    const facts = { ...stats, latencies: { n: latencies.length, p50: at(0.5), p99: at(0.99) } };
    stats.latencies = [];
    return facts;
  },
});

async function decide(url, body, rewardShare) {
  try {
    const from = performance.now();
    const ranked = await post(`${url}/v1/rank`, body);
    stats.latencies.push(performance.now() - from);
    stats.answered++;
    stats.versions[ranked.modelVersion] ??= epoch();
    if (random() >= rewardShare) return;
    const [least, most] = REWARD_AFTER_MS;
    await new Promise((resolve) => setTimeout(resolve, least + random() * (most - least)));
    await post(`${url}/v1/rewards`, { decisionId: ranked.decisionId, item: liked(ranked.items), value: 1 });
    stats.rewarded++;
  } catch (error) {
    stats.failed++;
    stats.failure ??= String(error?.message ?? error);
  }
}

/** One of the shown items, every fifth three times as often as the least liked. */
function liked(shown) {
  const weights = shown.map(({ id }) => 1 + (Number(id.slice(5)) % 5) / 2);
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  const chosen = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return shown[chosen].id;
}

async function post(url, body) {
  const response = await fetch(url, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
}
