/** The joined log read from its beginning, and the client's ledger held against it. */
import { JoinedReader } from "../../src/adapters/fs/joinedLogReader.ts";
import { decodeCommit, decodeOperation } from "../../src/core/join/codec.ts";
import { type Operation, OperationKind } from "../../src/core/join/operations.ts";
import type { Ledger, Promised } from "./ledger.ts";

const READ_BYTES = 4 * 1024 * 1024;

/** What the log says about one decision. */
interface Recorded {
  learns: number;
  closes: number;
  /** Reward of each item as the learner has it: learned, then corrected; unseen items are taken out. */
  readonly learned: Map<string, number>;
  readonly unseen: Set<string>;
  /** Sum of what was told to the features. */
  readonly told: Map<string, number>;
  final: readonly number[];
  items: readonly string[];
}

export interface Findings {
  readonly decisions: number;
  readonly unacknowledged: number;
  readonly missingDecisions: number;
  readonly doubledDecisions: number;
  readonly missingRewards: number;
  readonly doubledRewards: number;
  /** Decisions whose rewards need not count because they were acknowledged too late. */
  readonly late: number;
  /** Rows whose learned, told or final reward are not the same number. */
  readonly disagreeing: number;
  readonly corrections: number;
  readonly unlearned: number;
  /** Counters of the join. */
  readonly counts: { readonly [name: string]: number };
}

export class Audit {
  private readonly reader: JoinedReader;
  private readonly recorded = new Map<string, Recorded>();
  private counts: { readonly [name: string]: number } = {};
  private corrections = 0;
  private unlearned = 0;

  constructor(directory: string) {
    this.reader = new JoinedReader({ directory, from: 0 });
  }

  /** Reads on to the end. */
  async read(): Promise<void> {
    for (;;) {
      const { frames } = await this.reader.read(READ_BYTES);
      if (frames.length === 0) return;
      for (const frame of frames) {
        if (frame.kind === OperationKind.commit) this.counts = decodeCommit(frame).counts;
        else this.note(decodeOperation(frame));
      }
    }
  }

  /** Acknowledged decisions that are not closed yet. */
  open(ledger: Ledger): number {
    return [...ledger.decisions.keys()].filter((id) => (this.recorded.get(id)?.closes ?? 0) === 0).length;
  }

  close(): void {
    this.reader.close();
  }

  against(ledger: Ledger): Findings {
    const found = {
      missingDecisions: 0,
      doubledDecisions: 0,
      missingRewards: 0,
      doubledRewards: 0,
      late: 0,
      disagreeing: 0,
    };
    for (const recorded of this.recorded.values())
      if (recorded.learns > 1 || recorded.closes > 1) found.doubledDecisions++;
    for (const [id, promised] of ledger.decisions) {
      const recorded = this.recorded.get(id);
      if (recorded === undefined || recorded.learns === 0 || recorded.closes === 0) found.missingDecisions++;
      else if (promised.late) found.late++;
      else this.compare(promised, recorded, found);
    }
    const known = [...this.recorded.keys()].filter((id) => ledger.decisions.has(id)).length;
    const { corrections, unlearned, counts } = this;
    return {
      decisions: ledger.decisions.size,
      unacknowledged: this.recorded.size - known,
      ...found,
      corrections,
      unlearned,
      counts,
    };
  }

  private compare(
    promised: Promised,
    recorded: Recorded,
    found: { missingRewards: number; doubledRewards: number; disagreeing: number },
  ): void {
    promised.items.forEach((item, row) => {
      const sum = promised.rewards.get(item) ?? 0;
      const final = recorded.final[row] ?? 0;
      if (final < sum) found.missingRewards++;
      if (final > sum) found.doubledRewards++;
      const learned = recorded.unseen.has(item) ? final : (recorded.learned.get(item) ?? final);
      if (learned !== final || (recorded.told.get(item) ?? 0) !== final) found.disagreeing++;
    });
  }

  private note(operation: Operation): void {
    const { schema, variants, vectors } = OperationKind;
    if (operation.kind === schema || operation.kind === variants || operation.kind === vectors) return;
    const recorded = this.of(operation.decision);
    if (operation.kind === OperationKind.learn) {
      recorded.learns++;
      operation.items.forEach((item, row) => recorded.learned.set(item, operation.rewards[row]));
    } else if (operation.kind === OperationKind.correct) {
      this.corrections++;
      recorded.learned.set(
        operation.item,
        (recorded.learned.get(operation.item) ?? 0) + operation.after - operation.before,
      );
    } else if (operation.kind === OperationKind.unlearn) {
      this.unlearned++;
      recorded.unseen.add(operation.item);
    } else if (operation.kind === OperationKind.positive) {
      recorded.told.set(operation.item, (recorded.told.get(operation.item) ?? 0) + operation.delta);
    } else {
      recorded.closes++;
      recorded.final = operation.rewards;
    }
  }

  private of(decision: string): Recorded {
    const known = this.recorded.get(decision);
    if (known !== undefined) return known;
    const fresh: Recorded = {
      learns: 0,
      closes: 0,
      learned: new Map(),
      unseen: new Set(),
      told: new Map(),
      final: [],
      items: [],
    };
    this.recorded.set(decision, fresh);
    return fresh;
  }
}
