/** A joined log in memory, for tests of what reads one. */
import {
  type CloseOperation,
  type LearnOperation,
  type Operation,
  OperationKind,
  type UnlearnOperation,
} from "../../../src/core/join/operations.ts";
import type { JoinedEntry, JoinedReader } from "../../../workers/compact.ts";

const FRAME_BYTES = 100;
const BATCH = 7;
export const START = 1_767_225_600_000;

export class JoinedLog {
  readonly entries: JoinedEntry[] = [];

  append(operation: Operation): number {
    const position = this.entries.length * FRAME_BYTES;
    this.entries.push({ position, operation, cataloguePosition: position * 2 });
    return position;
  }

  get end(): number {
    return this.entries.length * FRAME_BYTES;
  }

  reader(from: number, to = this.end): JoinedReader {
    let next = from;
    return {
      next: async () => {
        const entries = this.entries.filter(({ position }) => position >= next && position < to).slice(0, BATCH);
        next = entries.length === 0 ? next : entries[entries.length - 1].position + FRAME_BYTES;
        return { entries, next };
      },
      learnAt: async (position) => {
        const operation = this.entries[position / FRAME_BYTES].operation;
        if (operation.kind !== OperationKind.learn) throw new RangeError(`no learn operation at ${position}`);
        return operation;
      },
    };
  }
}

export function learn(decision: string, fields: Partial<LearnOperation> = {}): LearnOperation {
  const items = fields.items ?? [`${decision}-a`, `${decision}-b`];
  const columns = fields.columns ?? 3;
  return {
    kind: OperationKind.learn,
    decision,
    subject: "s-0123456789abcdefghij",
    served: "model",
    variant: "champion",
    modelVersion: 4,
    at: START,
    settledAt: START + 2000,
    segments: ["device=tv"],
    items,
    positions: items.map((_, row) => row + 1),
    propensities: items.map((_, row) => 0.5 / (row + 1)),
    rewards: items.map(() => 0),
    base: 0,
    columns,
    dense: Float32Array.from({ length: items.length * columns }, (_, i) => i / 8),
    ...fields,
  };
}

export function close(decision: string, learnedAt: number | undefined, rewards: readonly number[]): CloseOperation {
  return { kind: OperationKind.close, decision, learnedAt, rewards, at: START + 600_000 };
}

export function unlearn(decision: string, learnedAt: number, row: number): UnlearnOperation {
  const item = `${decision}-${"ab"[row]}`;
  return {
    kind: OperationKind.unlearn,
    decision,
    item,
    before: 0,
    learnedAt,
    row,
    columns: 3,
    dense: new Float32Array(3),
    segments: [],
    at: START,
  };
}

/** n decisions, each closing `lag` decisions after it was learned. */
export function traffic(n: number, lag: number): JoinedLog {
  const log = new JoinedLog();
  log.append({ kind: OperationKind.schema, columns: ["x", "y", "z"] });
  const learned: number[] = [];
  for (let i = 0; i < n + lag; i++) {
    if (i < n) learned.push(log.append(learn(`d${i}`, { subject: `subject-${i % 40}`, at: START + i * 3_600_000 })));
    if (i < n && i % 5 === 0) log.append(unlearn(`d${i}`, learned[i], 1));
    if (i >= lag) log.append(close(`d${i - lag}`, learned[i - lag], [1, 0]));
  }
  return log;
}
