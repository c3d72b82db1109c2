/**
 * The compact job: folds the joined log into rows of closed interactions, a flush at a time. A row is written when its
 * decision closes, so it is final: reward, whether it was learned, everything.
 */
import type { InteractionRow } from "../src/adapters/duckdb/columns.ts";
import { INTERACTIONS_FORMAT } from "../src/adapters/duckdb/columns.ts";
import type { InteractionSink } from "../src/adapters/duckdb/interactions.ts";
import type { DecisionId, PolicyName, Position } from "../src/core/domain.ts";
import {
  type CloseOperation,
  type LearnOperation,
  type Operation,
  OperationKind,
} from "../src/core/join/operations.ts";

/** One operation of the joined log. */
export interface JoinedEntry {
  readonly position: Position;
  readonly operation: Operation;
  /** How far the catalogue stream was joined when this was committed, where the reader knows. */
  readonly cataloguePosition?: Position;
}

/** The joined log as this job reads it: committed operations only, in order. */
export interface JoinedReader {
  /** The next operations, and the position after them; an unmoved `next` means that the log ends here for now. */
  next(): Promise<{ readonly entries: readonly JoinedEntry[]; readonly next: Position }>;
  /** The `learn` operation at a position. */
  learnAt(position: Position): Promise<LearnOperation>;
}

export interface CompactOptions {
  readonly workspace: string;
  readonly policy: PolicyName;
  readonly fence: number;
  /** Must start reading at `heldFrom` of `sink.resume()`, or before it. */
  readonly reader: JoinedReader;
  readonly sink: InteractionSink;
  /** Rows are taken from closes at this position on: `position` of `sink.resume()`, which is the default. */
  readonly from?: Position;
  /** A flush is committed at this many rows or feature values; defaults 50,000 and 4 million (16 MB). */
  readonly rowsMax?: number;
  readonly valuesMax?: number;
  /** Columns that the policy's schema has before its first `schema` operation. */
  readonly firstColumns?: readonly string[];
}

export interface Compacted {
  /** The Parquet files are complete for every close before this position. */
  readonly position: Position;
  /**
   * The joined log is still needed from here on: the oldest `learn` whose decision is open, else `position`.
   * Everything before it may be trimmed, as far as this job is concerned; raw streams may be trimmed up to the commit
   * that precedes it.
   */
  readonly heldFrom: Position;
  readonly rows: number;
  readonly flushes: number;
}

/**
 * Runs until the log ends and commits what it found, also when that is only progress without rows.
 * Exactly once: a flush counts whole or not at all, and the next run goes on where the last one that counts ended.
 * Memory: one flush, and an entry for every decision that is open.
 * @throws what reader and sink throw; then nothing of the unfinished flush counts.
 */
export async function compact(options: CompactOptions): Promise<Compacted> {
  const { reader, sink, rowsMax = 50_000, valuesMax = 4_000_000, firstColumns = [] } = options;
  const resumed = await sink.resume();
  const start = options.from ?? resumed.position;
  const open = new OpenDecisions();
  const columnNames = [...(resumed.columnNames.length === 0 ? firstColumns : resumed.columnNames)];
  let rows: InteractionRow[] = [];
  let [values, flushed, total, flushes] = [0, start, 0, 0];

  const flush = async (to: Position): Promise<void> => {
    if (!(to > flushed)) return;
    await sink.flush({ from: flushed, to, heldFrom: open.heldFrom(to), columnNames: [...columnNames], rows });
    total += rows.length;
    flushes++;
    flushed = to;
    rows = [];
    values = 0;
  };

  let end = Number.NEGATIVE_INFINITY;
  for (;;) {
    const { entries, next } = await reader.next();
    for (const entry of entries) {
      const { position, operation } = entry;
      if (rows.length >= rowsMax || values >= valuesMax) await flush(position);
      const unseen = open.fold(position, operation);
      if (position < start) continue;
      if (operation.kind === OperationKind.schema) columnNames.push(...operation.columns);
      if (operation.kind !== OperationKind.close || operation.learnedAt === undefined) continue;
      const learned = await reader.learnAt(operation.learnedAt);
      rows.push(...rowsOf({ ...options, entry, close: operation, learned, unseen }));
      values += learned.dense.length;
    }
    if (!(next > end)) break;
    end = next;
  }
  await flush(end);
  return { position: flushed, heldFrom: open.heldFrom(flushed), rows: total, flushes };
}

/** Decisions between `learn` and `close`: where they were learned, and which of their rows were unlearned. */
class OpenDecisions {
  /** In order of learning, so the first entry is the oldest. */
  private readonly learnedAt = new Map<DecisionId, Position>();
  private readonly unlearned = new Map<DecisionId, Set<number>>();

  /** @returns for a close, the rows that were unlearned. */
  fold(position: Position, operation: Operation): ReadonlySet<number> {
    if (operation.kind === OperationKind.learn) this.learnedAt.set(operation.decision, position);
    if (operation.kind === OperationKind.unlearn) {
      const rows = this.unlearned.get(operation.decision) ?? new Set();
      this.unlearned.set(operation.decision, rows.add(operation.row));
    }
    if (operation.kind !== OperationKind.close) return new Set();
    const rows = this.unlearned.get(operation.decision) ?? new Set<number>();
    this.learnedAt.delete(operation.decision);
    this.unlearned.delete(operation.decision);
    return rows;
  }

  heldFrom(otherwise: Position): Position {
    for (const position of this.learnedAt.values()) return position;
    return otherwise;
  }
}

interface Closed {
  readonly workspace: string;
  readonly policy: PolicyName;
  readonly fence: number;
  readonly entry: JoinedEntry;
  readonly close: CloseOperation;
  readonly learned: LearnOperation;
  readonly unseen: ReadonlySet<number>;
}

function rowsOf({ workspace, policy, fence, entry, close, learned, unseen }: Closed): InteractionRow[] {
  const { columns, dense } = learned;
  const jointPropensity = learned.propensities?.reduce((product, propensity) => product * propensity, 1);
  return learned.items.map((item, row) => ({
    formatVersion: INTERACTIONS_FORMAT,
    workspace,
    policy,
    variant: learned.variant,
    modelVersion: learned.modelVersion,
    decisionId: learned.decision,
    subject: learned.subject,
    served: learned.served,
    at: learned.at,
    settledAt: learned.settledAt,
    closedAt: close.at,
    position: learned.positions[row],
    item,
    propensity: learned.propensities?.[row],
    jointPropensity,
    reward: close.rewards[row],
    rewardAtSettle: learned.rewards[row],
    learned: !unseen.has(row),
    segments: learned.segments,
    columns,
    features: dense.slice(row * columns, (row + 1) * columns),
    joinedPosition: entry.position,
    cataloguePosition: entry.cataloguePosition,
    fence,
  }));
}
