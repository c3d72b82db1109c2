/** What the measured server knows before it is measured: items, a policy, answered rankings, one trained model. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

export const POLICY = "bench";
export const FEATURES = 64;
const WARM_UP = 400;
const SETTLE_MS = 200;
const PATIENCE_MS = 60_000;

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

export const itemId = (i) => `item-${String(i).padStart(4, "0")}`;

/** Rows of numbers with four decimals. */
export function numbersOf(count, features) {
  const random = mulberry32(1);
  const row = () => Array.from({ length: features }, () => Math.round((random() * 4 - 2) * 1e4) / 1e4);
  return Array.from({ length: count }, row);
}

/** Item events, one a line: as many numbers each as `features` says. */
export function itemEvents(count, features = FEATURES) {
  const rows = numbersOf(count, features);
  const lines = [];
  for (let i = 0; i < count; i++) {
    const fields = rows[i].map((value, j) => ({ name: `f${j}`, value }));
    lines.push(
      JSON.stringify({
        event: "item",
        id: `item-event-${i}`,
        timestamp: 1_700_000_000_000 + i,
        item: itemId(i),
        fields,
      }),
    );
  }
  return lines.join("\n");
}

export async function send(url, method, body, type = "application/json") {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method,
    body: text,
    headers: body === undefined ? {} : { "content-type": type },
  });
  const answered = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${answered}`);
  return JSON.parse(answered);
}

export async function setExplorer(url, name) {
  await send(`${url}/v1/policies/${POLICY}`, "PUT", { settleMs: SETTLE_MS, exploration: { name } });
}

/** A request of 12 KB whose 100 candidates say what they are: 8 strings each, and 8 of the request. */
export function tellingRequest({ items, slots }) {
  const random = mulberry32(7);
  const strings = (letter, values) =>
    Object.fromEntries(Array.from({ length: 8 }, (_, j) => [`${letter}${j}`, `v${Math.floor(random() * values)}`]));
  const context = strings("c", 50);
  return {
    ...{ policy: POLICY, user: { id: "user-0000000000" }, context },
    ...{ items: Array.from({ length: items }, (_, i) => ({ id: itemId(i), features: strings("f", 100) })), slots },
  };
}

/**
 * Over HTTP: items, rankings and rewards that depend on the item.
 * @param shape telling: the features stand in the requests, and nothing is stored
 */
export async function warmUp(url, { items, slots, features = FEATURES, telling = false }) {
  await setExplorer(url, "uniform");
  if (!telling) await send(`${url}/v1/feedback`, "POST", itemEvents(items, features), "application/x-ndjson");
  const told = tellingRequest({ items, slots });
  const candidates = telling ? told.items : Array.from({ length: items }, (_, i) => ({ id: itemId(i) }));
  const context = telling ? told.context : undefined;
  const random = mulberry32(2);
  const liked = Array.from({ length: items }, (_, i) => 0.05 + (0.3 * (i % 7)) / 7);
  for (let i = 0; i < WARM_UP; i++) {
    const ranked = await send(`${url}/v1/rank`, "POST", {
      policy: POLICY,
      user: { id: `warm-${i % 50}` },
      context,
      items: candidates,
      slots,
    });
    const rewards = ranked.items
      .filter(({ id }) => random() < liked[Number(id.slice(5))])
      .map(({ id }) => ({ decisionId: ranked.decisionId, item: id, value: 1 }));
    if (rewards.length > 0) await send(`${url}/v1/rewards`, "POST", rewards);
  }
}

/** Joins the log and trains one version, with the product's own workers; ends when the server serves it. */
export async function trainOnce(dist, { dataDir, url }) {
  const load = (path) => import(pathToFileURL(join(dist, path)).href);
  const { work } = await load("workers/main.js");
  const { train } = await load("workers/retrain/trainer.js");
  const { loadConfig } = await load("src/config.js");
  const { layoutOf } = await load("src/adapters/fs/layout.js");
  const working = await work(loadConfig({}, { dataDir, logLevel: "silent" }));
  const layout = layoutOf(dataDir);
  const deadline = performance.now() + PATIENCE_MS;
  try {
    for (;;) {
      if (performance.now() > deadline) throw new Error("no model version was served in a minute");
      await sleep(300);
      const { rows } = await train({ layout, policy: POLICY, now: 1_700_000_000_000, versionsKept: 3 });
      if (rows < WARM_UP) continue;
      const { models } = await send(`${url}/v1/models`, "GET");
      const serving = models.find(({ policy }) => policy === POLICY)?.serving ?? 0;
      if (serving > 0) return { version: serving, rows };
    }
  } finally {
    await working.close();
  }
}
