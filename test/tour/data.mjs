/** RankLens as the tour needs it: what is known at a cut in time, the rankings after it, titles and likeness of items. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

const FILE = "ranklens/events.jsonl.gz";
const projectRoot = resolve(import.meta.dirname, "../..");

/** Beside the project, as `test/support/shared.ts` looks for it. @returns undefined where it is not */
export function eventsFile(folder) {
  const path = join(folder === undefined ? join(projectRoot, "..", "shared", "data") : resolve(folder), FILE);
  return existsSync(path) ? path : undefined;
}

/** Events of the file by kind, and the clicks of each ranking. */
export function readEvents(path) {
  const lines = gunzipSync(readFileSync(path)).toString("utf8").trimEnd().split("\n");
  const events = lines.map((line) => JSON.parse(line));
  const clicks = new Map();
  for (const event of events) {
    if (event.event !== "interaction") continue;
    clicks.set(event.ranking, [...(clicks.get(event.ranking) ?? []), event]);
  }
  return {
    lines,
    events,
    clicks,
    items: new Map(events.filter((e) => e.event === "item").map((e) => [e.item, itemOf(e)])),
  };
}

function itemOf({ item, fields }) {
  const values = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
  return { id: item, title: String(values.title ?? item), tags: Array.isArray(values.tags) ? values.tags : [] };
}

/**
 * Of the rankings with a click the first `share` by time, and everything up to there: items, rankings without a click,
 * and the clicks of the rankings kept, whenever they came.
 */
export function splitByTime({ lines, events, clicks }, share) {
  const rankings = events.filter((event) => event.event === "ranking");
  const answered = rankings.filter(({ id }) => clicks.has(id)).sort((a, b) => a.timestamp - b.timestamp);
  const cut = Number(answered[Math.floor(answered.length * share) - 1].timestamp);
  const before = new Set(rankings.filter(({ timestamp }) => Number(timestamp) <= cut).map(({ id }) => id));
  const known = lines.filter((_, i) => {
    const { event, ranking, timestamp } = events[i];
    return event === "interaction" ? before.has(ranking) : Number(timestamp) <= cut;
  });
  const live = answered.filter(({ id }) => !before.has(id));
  return { known, live, answered: answered.length };
}

/** The `n` items whose tags are most like those of `id`: cosine of idf weights. */
export function nearest(items, id, n) {
  const seen = new Map();
  for (const { tags } of items.values()) for (const tag of new Set(tags)) seen.set(tag, (seen.get(tag) ?? 0) + 1);
  const weigh = ({ tags }) => new Map([...new Set(tags)].map((tag) => [tag, Math.log(items.size / seen.get(tag))]));
  const length = (weights) => Math.sqrt([...weights.values()].reduce((sum, w) => sum + w * w, 0));
  const target = weigh(items.get(id));
  const near = [];
  for (const item of items.values()) {
    if (item.id === id || item.tags.length === 0) continue;
    const weights = weigh(item);
    let dot = 0;
    for (const [tag, weight] of weights) dot += weight * (target.get(tag) ?? 0);
    near.push({ id: item.id, likeness: dot / (length(target) * length(weights)) });
  }
  return near.sort((a, b) => b.likeness - a.likeness || (a.id < b.id ? -1 : 1)).slice(0, n);
}

/** Deterministic numbers in [0, 1). */
export function mulberry32(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A new array in random order. */
export function shuffled(values, random) {
  const order = [...values];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
