/**
 * What vectors are learned from: who was shown what, where, and what it was worth. A fold over the joined log, like
 * the learner, so its value is a function of the log alone; at most `rowsMax` newest rows are kept.
 */
import type { ItemId, Position } from "../../src/core/domain.ts";
import type { CorrectOperation, LearnOperation, Operation, UnlearnOperation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";

/** One learned decision. A row that was not seen after all has the reward NaN. */
interface List {
  /** The subject's pseudonym; the decision's id where there is none. */
  readonly user: string;
  readonly items: readonly ItemId[];
  /** Positions shown, 1-based. */
  readonly positions: readonly number[];
  readonly rewards: Float32Array;
}

export const ROWS_MAX = 500_000;

export class EmbedRows {
  /** By log position of the `learn` operation, oldest first. */
  readonly lists: Map<Position, List>;
  /** Rows kept; rows since the log began. */
  kept = 0;
  total = 0;
  private readonly rowsMax: number;

  constructor(rowsMax: number = ROWS_MAX) {
    this.rowsMax = rowsMax;
    this.lists = new Map();
  }

  add(operation: Operation, position: Position): void {
    if (operation.kind === OperationKind.learn) this.learn(operation, position);
    else if (operation.kind === OperationKind.correct) this.change(operation, operation.after);
    else if (operation.kind === OperationKind.unlearn) this.change(operation, Number.NaN);
  }

  private learn({ subject, decision, items, positions, rewards }: LearnOperation, position: Position): void {
    const user = subject ?? `decision ${decision}`;
    this.lists.set(position, { user, items, positions, rewards: Float32Array.from(rewards) });
    this.kept += items.length;
    this.total += items.length;
    for (const [oldest, list] of this.lists) {
      if (this.kept <= this.rowsMax) break;
      this.lists.delete(oldest);
      this.kept -= list.items.length;
    }
  }

  private change({ learnedAt, row }: CorrectOperation | UnlearnOperation, reward: number): void {
    const list = this.lists.get(learnedAt);
    if (list !== undefined) list.rewards[row] = reward;
  }

  save() {
    return { lists: this.lists, kept: this.kept, total: this.total };
  }

  /** Fills a fresh one. */
  load(saved: ReturnType<EmbedRows["save"]>): void {
    for (const [position, list] of saved.lists) this.lists.set(position, list);
    this.kept = saved.kept;
    this.total = saved.total;
  }
}
