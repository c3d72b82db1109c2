import { expect, test } from "vitest";
import { Catalogue } from "../../../src/core/features/catalogue.ts";
import { cap, emptyRateChange, testRate } from "../../../src/core/features/rateChange.ts";
import { FeatureState } from "../../../src/core/features/state.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { uniformOf } from "../../../src/core/math/random.ts";

const ITEMS = 20;

/** Lists of four of 20 items, clicked with .03 a place in an order that turns round at `drift`. */
function clicked(shape: { lists: number; drift: number; late?: boolean; forgets?: boolean }): FeatureState {
  const state = new FeatureState(new Catalogue({ itemsMax: 100, usersMax: 100 }));
  state.forgets = shape.forgets ?? true;
  const uniform = uniformOf("d".padStart(64, "0"));
  for (let t = 0; t < shape.lists; t++) {
    const from = Math.floor(uniform() * ITEMS);
    const places = [0, 1, 2, 3].map((k) => (from + k) % ITEMS);
    const items = places.map((place) => `item ${place}`);
    const clicks = places.map((i) => (uniform() < 0.03 * (t < shape.drift ? i : ITEMS - 1 - i) ? 1 : 0));
    const rows = { segments: ["context.device=phone"], at: t };
    const about = { decision: `d${t}`, served: "model", variant: "main", modelVersion: 1, settledAt: t } as const;
    const positive = (settled: boolean) =>
      clicks.forEach((reward, k) => {
        if (reward === 0) return;
        const row = { ...rows, decision: about.decision, item: items[k], reward, delta: reward, settled };
        state.apply({ kind: OperationKind.positive, ...row });
      });
    if (shape.late !== true) positive(false);
    const rewards = shape.late === true ? clicks.map(() => 0) : clicks;
    const learned = { items, positions: [1, 2, 3, 4], rewards, base: 0, columns: 0, dense: new Float32Array(0) };
    state.apply({ kind: OperationKind.learn, ...about, ...rows, ...learned });
    if (shape.late === true) positive(true);
  }
  return state;
}

const shown = (state: FeatureState) => state.byIndex.reduce((sum, { n }) => sum + n, 0);
const LISTS = 5_000;

test("once other items are the best ones, what was counted before counts little", () => {
  const changed = clicked({ lists: LISTS + 1_000, drift: LISTS });
  expect(shown(changed)).toBeLessThan(4 * 1_000 + 100 + 2 * ITEMS);
  expect(changed.total.n).toBe(4 * (LISTS + 1_000));
});

test("rows since the change go on counting in full, though it was told some hundred rows later", () => {
  const changed = clicked({ lists: LISTS + 1_000, drift: LISTS });
  expect(shown(changed)).toBeGreaterThan(4 * 1_000 - 200);
});

test("rows are remembered while the score is above 0, and no longer", () => {
  const change = { ...emptyRateChange(), told: 1_000, scored: true };
  change.test = {
    ...change.test,
    rows: 4_000,
    predictions: 1_200,
    rewards: 1_200,
    spread: 40,
    borneOut: 40,
    errors: 8,
  };
  change.test.since = 4_000;
  const row = (reward: number) => ({ counted: { item: 0, segments: [], reward }, rate: 0.3, score: 0.6 });
  testRate(change, row(0));
  testRate(change, row(0));
  expect(change.test.score).toBeGreaterThan(0);
  expect(change.suspects.map(({ reward }) => reward)).toEqual([0, 0]);
  for (let k = 0; k < 10; k++) testRate(change, row(1));
  expect(change.test.score).toBe(0);
  expect(change.suspects).toEqual([]);
});

test("where the best items stay, every row counts", () => {
  expect(shown(clicked({ lists: LISTS + 1_000, drift: Number.POSITIVE_INFINITY }))).toBe(4 * (LISTS + 1_000));
});

test("where rewards come after their rows were learned, or nothing may be forgotten, every row counts", () => {
  expect(shown(clicked({ lists: LISTS + 1_000, drift: LISTS, late: true }))).toBe(4 * (LISTS + 1_000));
  expect(shown(clicked({ lists: LISTS + 1_000, drift: LISTS, forgets: false }))).toBe(4 * (LISTS + 1_000));
});

test("a capped tally keeps its rate, a smaller one stays", () => {
  const tally = { n: 40, sum: 10 };
  cap(tally, 10);
  expect(tally).toEqual({ n: 10, sum: 2.5 });
  cap(tally, 20);
  expect(tally).toEqual({ n: 10, sum: 2.5 });
});

/** Rates of few rows differ by chance; that they are not borne out is no change. 300 equal items, 40,000 rows. */
test("where items do not differ at all, every row counts", () => {
  const state = new FeatureState(new Catalogue({ itemsMax: 1_000, usersMax: 100 }));
  const uniform = uniformOf("e".padStart(64, "0"));
  const about = { served: "model", variant: "main", modelVersion: 1, settledAt: 0, segments: [], at: 0 } as const;
  for (let t = 0; t < 40_000; t++) {
    const item = `item ${Math.floor(300 * uniform() ** 1.5)}`;
    const reward = uniform() < 0.1 ? 1 : 0;
    const decision = `d${t}`;
    if (reward > 0)
      state.apply({
        kind: OperationKind.positive,
        segments: [],
        at: 0,
        decision,
        item,
        reward,
        delta: 1,
        settled: false,
      });
    const shown = { items: [item], positions: [1], rewards: [reward], base: 0, columns: 0, dense: new Float32Array(0) };
    state.apply({ kind: OperationKind.learn, ...about, decision, ...shown });
  }
  expect(shown(state)).toBe(40_000);
});

test("rows from before a change that turn out not to have been seen leave no count below 0", () => {
  const state = clicked({ lists: LISTS + 1_000, drift: LISTS });
  const row = { decision: "d1", item: "item 0", row: 0, before: 0, learnedAt: 0, segments: [], columns: 0, at: 0 };
  const dense = new Float32Array(0);
  for (let k = 0; k < 1_000; k++) state.apply({ kind: OperationKind.unlearn, ...row, dense });
  const item = state.item("item 0");
  expect(item.n).toBeGreaterThanOrEqual(0);
  expect(state.rate(item)).toBeGreaterThan(0);
});

/** Two kinds of people who like opposite items: an item's rate is .3 for all, and stays so when both change sides. */
function people({ scores }: { scores: boolean }): FeatureState {
  const state = new FeatureState(new Catalogue({ itemsMax: 100, usersMax: 100 }));
  const uniform = uniformOf("f".padStart(64, "0"));
  for (let t = 0; t < LISTS + 400; t++) {
    const kind = uniform() < 0.5 ? 1 : 0;
    const items = [0, 1, 2, 3].map(() => Math.floor(ITEMS * uniform()));
    const liked = (item: number) => (item % 2 === kind ? 0.5 : 0.1);
    const changed = (item: number) => (t < LISTS ? liked(item) : 0.6 - liked(item));
    const rewards = items.map((item) => (uniform() < changed(item) ? 1 : 0));
    state.apply({
      ...{ kind: OperationKind.learn, decision: `d${t}`, served: "model", variant: "main", modelVersion: 1, at: t },
      ...{ settledAt: t, segments: [], items: items.map((item) => `item ${item}`), positions: [1, 2, 3, 4], rewards },
      ...{ base: 0, columns: 0, dense: new Float32Array(0) },
      scores: scores ? Float32Array.from(items, liked) : undefined,
    });
  }
  return state;
}

test("what the model believed of rows shows a change that items' rates do not", () => {
  expect(shown(people({ scores: false }))).toBe(4 * (LISTS + 400));
  const changed = shown(people({ scores: true }));
  expect(changed).toBeGreaterThan(4 * 400 - 200);
  expect(changed).toBeLessThan(4 * 400 + 100 + 2 * ITEMS);
});
