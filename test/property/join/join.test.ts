import fc from "fast-check";
import { expect, test } from "vitest";
import type { RewardAggregation } from "../../../src/core/domain.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { defaults, Harness, LETTERS } from "../../unit/join/harness.ts";

const ROWS = 4;
const WINDOW = defaults.rewardWindowMs;

interface Step {
  readonly kind: "open" | "reward" | "activate";
  readonly decision: string;
  readonly wait: number;
  readonly item: number;
  readonly value: number;
  /** How long before its arrival the reward happened. */
  readonly ago: number;
  readonly deferred: boolean;
}

/** Values are multiples of 1/4, so that sums are exact in any order. */
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("open", "open", "reward", "reward", "reward", "activate"),
  decision: fc.constantFrom("d0", "d1", "d2", "d3", "d4"),
  wait: fc.constantFrom(0, 0, 1, 30, 100, 400, 1000),
  item: fc.integer({ min: 0, max: ROWS }),
  value: fc.integer({ min: -8, max: 8 }).map((n) => n / 4),
  ago: fc.constantFrom(0, 1, 50, 500),
  deferred: fc.boolean(),
});
const steps = fc.array(step, { maxLength: 60, size: "max" });
const aggregation = fc.constantFrom<RewardAggregation>("sum", "first", "max", "mean");

function play(
  list: readonly Step[],
  how: RewardAggregation,
  more: { retry?: boolean; viewed?: boolean } = {},
): Harness {
  const h = new Harness({ rewardAggregation: how, defaultReward: 0.5 });
  let now = 10_000;
  for (const [i, { kind, decision, wait, item, value, ago, deferred }] of list.entries()) {
    now += wait;
    if (kind === "open") h.open(decision, now, { rows: ROWS, deferred: deferred && i % 3 === 0 });
    else if (kind === "activate") h.activate(decision, now);
    else {
      const viewedThrough = more.viewed === true && deferred ? item : undefined;
      const reward = { item: LETTERS[item], value, rewardId: `r${i}`, viewedThrough, now };
      h.reward(decision, now - ago, reward);
      if (more.retry === true) h.reward(decision, now - ago, { ...reward, value: value + 1 });
    }
  }
  h.to(now + 10 * WINDOW);
  return h;
}

/** The rewards of each decision's rows by the definition alone, from a list of what was accepted. */
function byDefinition(list: readonly Step[], how: RewardAggregation): Map<string, number[]> {
  const open = new Map<string, { at: number; values: { at: number; value: number }[][] }>();
  const waiting = new Map<string, { since: number; rewards: { at: number; item: number; value: number }[] }>();
  const final = new Map<string, number[]>();
  const lastEnd = new Map<string, number>();
  let now = 10_000;
  const finish = (id: string) => {
    const { at, values } = open.get(id) ?? { at: 0, values: [] };
    lastEnd.set(id, at + WINDOW);
    final.set(
      `${id} ${at}`,
      values.map((row) => valueOf(row, how)),
    );
    open.delete(id);
  };
  const accept = (id: string, reward: { at: number; item: number; value: number }) => {
    const decision = open.get(id);
    if (decision !== undefined && reward.item < ROWS && reward.at - decision.at <= WINDOW)
      decision.values[reward.item].push(reward);
  };
  for (const { kind, decision: id, wait, item, value, ago } of list) {
    now += wait;
    for (const [key, { at }] of open) if (at + WINDOW <= now) finish(key);
    for (const [key, { since }] of waiting) if (since + WINDOW <= now) waiting.delete(key);
    const remembered = (lastEnd.get(id) ?? Number.NEGATIVE_INFINITY) + WINDOW > now;
    if (kind === "open" && !open.has(id) && !remembered) {
      open.set(id, { at: now, values: Array.from({ length: ROWS }, () => []) });
      for (const reward of waiting.get(id)?.rewards ?? []) accept(id, reward);
      waiting.delete(id);
    } else if (kind === "reward") {
      const reward = { at: now - ago, item, value };
      if (open.has(id)) accept(id, reward);
      else if (!remembered)
        waiting.set(id, {
          since: waiting.get(id)?.since ?? now,
          rewards: [...(waiting.get(id)?.rewards ?? []), reward],
        });
    }
  }
  for (const id of [...open.keys()]) finish(id);
  return final;
}

function valueOf(rewards: readonly { at: number; value: number }[], how: RewardAggregation): number {
  if (rewards.length === 0) return 0.5;
  const values = rewards.map(({ value }) => value);
  const sum = values.reduce((a, b) => a + b, 0);
  if (how === "sum") return sum;
  if (how === "max") return Math.max(...values);
  if (how === "mean") return sum / values.length;
  return rewards.reduce((first, reward) => (reward.at < first.at ? reward : first)).value;
}

test("what was learned and corrected is in the end the aggregate of the rewards that count, row by row", () => {
  fc.assert(
    fc.property(steps, aggregation, (list, how) => {
      const plain = list.map((one) => ({ ...one, deferred: false }));
      const h = play(plain, how);
      const expected = byDefinition(plain, how);
      expect(h.closed).toHaveLength(expected.size);
      const closed = new Map(
        h.closed.map((operation) => [`${operation.decision} ${operation.at - WINDOW}`, operation.rewards]),
      );
      expect(closed).toEqual(expected);
      const known = h.known();
      const last = new Map(h.closed.map(({ decision, rewards }) => [decision, rewards]));
      for (const [decision, rewards] of last)
        rewards.forEach((reward, row) => void expect(known.get(`${decision} ${LETTERS[row]}`)).toBe(reward));
    }),
    { numRuns: 300 },
  );
});

test("with rows not seen and decisions deferred, each row still known has the reward of its closing", () => {
  fc.assert(
    fc.property(steps, aggregation, (list, how) => {
      const h = play(list, how, { viewed: true });
      const last = new Map(h.closed.map(({ decision, rewards, learnedAt }) => [decision, { rewards, learnedAt }]));
      const rounds = new Map<string, number>();
      for (const { decision } of h.closed) rounds.set(decision, (rounds.get(decision) ?? 0) + 1);
      for (const [key, reward] of h.known()) {
        const [decision, item] = key.split(" ");
        if (rounds.get(decision) === 1) expect(last.get(decision)?.rewards[LETTERS.indexOf(item)]).toBe(reward);
      }
      const learned = h.learned.reduce((rows, { items }) => rows + items.length, 0);
      expect(h.join.counts.rowsLearned).toBe(learned);
      expect(h.learned.length).toBe(h.closed.filter(({ learnedAt }) => learnedAt !== undefined).length);
    }),
    { numRuns: 300 },
  );
});

test("every change of a row's reward adds up: the deltas of a row end at its final reward", () => {
  fc.assert(
    fc.property(steps, aggregation, (list, how) => {
      const h = play(list, how);
      const told = new Map<string, number>();
      for (const operation of h.operations) {
        if (operation.kind === OperationKind.positive) {
          const key = `${operation.decision} ${operation.item}`;
          const sum = (told.get(key) ?? 0.5) + operation.delta;
          expect(sum).toBeCloseTo(operation.reward, 9);
          told.set(key, operation.reward);
        } else if (operation.kind === OperationKind.close) {
          operation.rewards.forEach((reward, row) => {
            const key = `${operation.decision} ${LETTERS[row]}`;
            expect(told.get(key) ?? 0.5).toBe(reward);
            told.delete(key);
          });
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("rewards of different rows may arrive in any order", () => {
  const reward = fc.record({ item: fc.integer({ min: 0, max: ROWS - 1 }), value: step.map(({ value }) => value) });
  fc.assert(
    fc.property(
      fc.array(reward, { maxLength: 20, size: "max" }),
      fc.infiniteStream(fc.nat()),
      aggregation,
      fc.boolean(),
      (list, keys, how, settled) => {
        const timed = list.map((one, i) => ({ ...one, at: i }));
        const run = (order: typeof timed) => {
          const h = new Harness({ rewardAggregation: how });
          h.open("d", 0, { rows: ROWS });
          for (const { item, value, at } of order)
            h.reward("d", at, { item: LETTERS[item], value, now: settled ? 200 : 50 });
          h.to(10_000);
          return { rewards: h.closed[0].rewards, known: h.known() };
        };
        const order = timed.map((one) => ({ one, key: keys.next().value })).sort((a, b) => a.key - b.key);
        expect(run(order.map(({ one }) => one))).toEqual(run(timed));
      },
    ),
    { numRuns: 200 },
  );
});

test("retries of rewards with an id change no operation", () => {
  fc.assert(
    fc.property(steps, aggregation, (list, how) => {
      expect(play(list, how, { retry: true }).operations).toEqual(play(list, how).operations);
    }),
    { numRuns: 150 },
  );
});

test("the same stream gives the same operations and counts, and leaves nothing behind", () => {
  fc.assert(
    fc.property(steps, aggregation, (list, how) => {
      const [a, b] = [play(list, how, { viewed: true }), play(list, how, { viewed: true })];
      expect(b.operations).toEqual(a.operations);
      expect(b.join.counts).toEqual(a.join.counts);
      const { pending, orphans, closed, rewardIds } = a.join;
      expect(pending.size + orphans.size + closed.size + rewardIds.size).toBe(0);
    }),
    { numRuns: 150 },
  );
});
