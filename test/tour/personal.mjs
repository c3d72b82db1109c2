/**
 * Two new users and one list. Both are shown one film; one clicks it, the other passes it over. The model stands
 * still, so whatever differs afterwards comes from what the two did.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { mulberry32, nearest, shuffled } from "./data.mjs";
import { send, until } from "./product.mjs";

const FILM = "1580";
const NEAR = 5;
const LIST = 100;
const SHOWN_WITH = 4;
const CHANGE_MS = 1000;
const PLACES_LEAST = 3;
const POLL_MS = 50;
/** Means that differ by less are taken for equal. */
const MEAN_LEAST = 1e-4;
const PATIENCE_MS = 10_000;

export async function twoUsers({ url, policy, items }) {
  const { serving } = await send(`${url}/v1/models`).then(({ models }) =>
    models.find((model) => model.policy === policy),
  );
  await send(`${url}/v1/models/${policy}/pin`, { version: serving });
  const near = nearest(items, FILM, NEAR);
  const others = shuffled(
    [...items.keys()].filter((id) => id !== FILM && !near.some((item) => item.id === id)),
    mulberry32(7),
  );
  const shownWith = others.splice(0, SHOWN_WITH);
  const list = shuffled([...near.map(({ id }) => id), ...others.slice(0, LIST - NEAR)], mulberry32(8));
  const asked = { url, policy, list };
  const before = await rankList(asked, "tour-user-a");
  const changed = await showAndAnswer(asked, [FILM, ...shownWith]);
  const a = await rankList(asked, "tour-user-a");
  const b = await rankList(asked, "tour-user-b");
  await send(`${url}/v1/models/${policy}/unpin`, {});
  return report({ serving, near, changed, before, a, b, items });
}

/** Shows `shown` to both; A clicks the film, B nothing. @returns milliseconds until each one's means were their own */
async function showAndAnswer({ url, policy, list }, shown) {
  const { settleMs } = await send(`${url}/v1/policies/${policy}`);
  const show = (id) =>
    send(`${url}/v1/rank`, { policy, user: { id }, items: shown.map((item) => ({ id: item })), slots: shown.length });
  await show("tour-user-b");
  const settledAt = performance.now() + settleMs;
  const { decisionId } = await show("tour-user-a");
  await send(`${url}/v1/rewards`, { decisionId, item: FILM, value: 1, type: "click", rewardId: "tour-click" });
  const acknowledgedAt = performance.now();
  const asked = { url, policy, list };
  const a =
    (await until(PATIENCE_MS, "A's means changed", () => personal(asked, "tour-user-a"), POLL_MS)) - acknowledgedAt;
  const early = await personal(asked, "tour-user-b");
  await sleep(Math.max(0, settledAt - performance.now() - POLL_MS));
  const b = (await until(PATIENCE_MS, "B's means changed", () => personal(asked, "tour-user-b"), POLL_MS)) - settledAt;
  // A's own list has settled by the same time; whatever else was on it counts as passed over for both.
  await sleep(CHANGE_MS);
  return { a, b, early: early !== undefined };
}

/**
 * When an answer came whose means are the user's own: they differ from those of somebody never seen, asked just before
 * and just after, far more than those two differ from each other (means drift a little with the time since an item's
 * last click).
 */
async function personal(asked, user) {
  const stranger = await rankList(asked, "tour-stranger");
  const own = await rankList(asked, user);
  const at = performance.now();
  const again = await rankList(asked, "tour-stranger");
  if (stranger.version !== again.version) return undefined;
  const drift = farthest(stranger.means, again.means);
  return farthest(own.means, stranger.means) > Math.max(MEAN_LEAST, 10 * drift) ? at : undefined;
}

function farthest(some, others) {
  return Math.max(...[...some].map(([id, value]) => Math.abs(value - others.get(id))));
}

/** Deferred and never activated, so that asking leaves no trace in anyone's history. */
async function rankList({ url, policy, list }, user, attempt = 0) {
  const items = list.map((id) => ({ id }));
  const answer = await send(`${url}/v1/rank`, {
    policy,
    user: { id: user },
    items,
    slots: items.length,
    defer: true,
    explain: true,
    timeoutMs: 2000,
  });
  if (answer.served !== "model" && attempt < 5) return rankList({ url, policy, list }, user, attempt + 1);
  const means = new Map(answer.items.map(({ id, mean }) => [id, mean]));
  return { means, version: answer.modelVersion, order: [...list].sort((x, y) => means.get(y) - means.get(x)) };
}

function report({ serving, near, changed, before, a, b, items }) {
  const place = (ranked, id) => ranked.order.indexOf(id) + 1;
  const five = near.map(({ id, likeness }) => ({
    ...{ id, title: items.get(id).title, likeness },
    ...{ before: place(before, id), a: place(a, id), b: place(b, id) },
  }));
  const higher = five.reduce((sum, film) => sum + film.b - film.a, 0) / five.length;
  const failed = [];
  if (a.version !== serving || b.version !== serving)
    failed.push(`version ${serving} was pinned; ${a.version} and ${b.version} answered`);
  if (!(changed.a <= CHANGE_MS)) failed.push(`A's means changed after ${changed.a.toFixed(0)} ms, not ${CHANGE_MS}`);
  if (!(changed.b <= CHANGE_MS))
    failed.push(`B's means changed ${changed.b.toFixed(0)} ms after settling, not ${CHANGE_MS}`);
  if (!(higher >= PLACES_LEAST))
    failed.push(`the ${NEAR} stand ${higher.toFixed(1)} places higher for A, not ${PLACES_LEAST}`);
  const top = (ranked) => ranked.order.slice(0, 15).map((id) => items.get(id).title);
  return {
    film: items.get(FILM).title,
    version: serving,
    changedMs: changed,
    placesHigher: higher,
    five,
    topA: top(a),
    topB: top(b),
    failed,
  };
}
