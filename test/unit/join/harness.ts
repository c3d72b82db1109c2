/** A join whose operations land in a list. Decisions show a, b, c … with two columns: row number and 1. */
import { Join } from "../../../src/core/join/join.ts";
import { type Operation, OperationKind } from "../../../src/core/join/operations.ts";
import type { IncomingReward, OpenDecision } from "../../../src/core/join/pending.ts";
import type { JoinBounds, JoinSettings, OperationStore } from "../../../src/core/join/ports.ts";

export const defaults: JoinSettings = {
  rewardWindowMs: 1000,
  settleMs: 100,
  defaultReward: 0,
  rewardAggregation: "sum",
  rewards: { "*": 1 },
};

const BOUNDS: JoinBounds = { pendingDecisionsMax: 1000, waitingRewardsMax: 1000, rememberedIdsMax: 1000 };

export const LETTERS = ["a", "b", "c", "d", "e", "f"];

export class Harness {
  readonly operations: Operation[] = [];
  readonly join: Join;
  clock = "live";

  constructor(settings: Partial<JoinSettings> = {}, bounds: Partial<JoinBounds> = {}) {
    const { operations } = this;
    const store: OperationStore = {
      append: (operation) => operations.push(operation) - 1,
      recall(position) {
        const operation = operations[position];
        if (operation?.kind !== OperationKind.learn) throw new Error(`nothing learned at ${position}`);
        return operation;
      },
    };
    this.join = new Join({ settings: { ...defaults, ...settings }, store, bounds: { ...BOUNDS, ...bounds } });
  }

  /** Shows `rows` items at `at`. */
  open(id: string, at: number, more: Partial<OpenDecision> & { rows?: number } = {}): void {
    const { rows = 3, ...rest } = more;
    this.to(at);
    const decision = { served: "model", variant: "stable", modelVersion: 1, deferred: false, segments: [] } as const;
    const items = LETTERS.slice(0, rows);
    const dense = Float32Array.from({ length: rows * 2 }, (_, i) => (i % 2 === 0 ? i / 2 : 1));
    this.join.open({ ...decision, id, items, columns: 2, dense, at, ...rest }, this.clock, at);
  }

  reward(decision: string, at: number, more: Partial<IncomingReward> & { now?: number } = {}): void {
    const { now = at, ...rest } = more;
    this.to(now);
    this.join.reward({ decision, value: 1, at, ...rest }, this.clock, now);
  }

  activate(id: string, at: number): void {
    this.to(at);
    this.join.activate(id, this.clock, at);
  }

  /** Time passes. */
  to(now: number): void {
    this.join.advance(this.clock, now);
  }

  of<K extends Operation["kind"]>(kind: K): Extract<Operation, { kind: K }>[] {
    return this.operations.filter((operation): operation is Extract<Operation, { kind: K }> => operation.kind === kind);
  }

  get learned() {
    return this.of(OperationKind.learn);
  }

  get closed() {
    return this.of(OperationKind.close);
  }

  /** What a learner ends up with for each row: position of its decision and item → reward; rows not seen are gone. */
  known(): Map<string, number> {
    const rows = new Map<string, number>();
    for (const operation of this.operations) {
      if (operation.kind === OperationKind.learn) {
        operation.items.forEach((item, row) => void rows.set(`${operation.decision} ${item}`, operation.rewards[row]));
      } else if (operation.kind === OperationKind.correct) {
        const key = `${operation.decision} ${operation.item}`;
        if (rows.get(key) !== operation.before) throw new Error(`${key} was ${rows.get(key)}, not ${operation.before}`);
        rows.set(key, operation.after);
      } else if (operation.kind === OperationKind.unlearn) {
        const key = `${operation.decision} ${operation.item}`;
        if (rows.get(key) !== operation.before) throw new Error(`${key} was ${rows.get(key)}, not ${operation.before}`);
        rows.delete(key);
      }
    }
    return rows;
  }
}
