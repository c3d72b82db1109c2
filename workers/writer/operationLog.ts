/** The joined log as the join sees it: operations in, places out; recent `learn` operations at hand for corrections. */
import type { JoinedLog } from "../../src/adapters/fs/joinedLog.ts";
import type { Position, TimeMs } from "../../src/core/domain.ts";
import { decodeOperation, encodeOperation } from "../../src/core/join/codec.ts";
import type { LearnOperation, Operation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import type { OperationStore } from "../../src/core/join/ports.ts";
import type { Expected } from "./replayed.ts";

/** Decoded `learn` operations kept in memory; older ones are read from the file (20 µs). */
const RECENT_MAX = 4_096;

export class OperationLog implements OperationStore {
  /** While it is set, operations are compared with the log instead of appended. */
  replaying: Expected | undefined;
  time: TimeMs = 0;
  appended = 0;
  private readonly log: Pick<JoinedLog, "append" | "readFrame">;
  private readonly recent = new Map<Position, LearnOperation>();

  constructor(log: Pick<JoinedLog, "append" | "readFrame">) {
    this.log = log;
  }

  append(operation: Operation): Position {
    this.appended++;
    const position =
      this.replaying?.append(operation) ??
      this.log.append({ kind: operation.kind, time: this.time, payload: [encodeOperation(operation)] });
    if (operation.kind === OperationKind.learn) this.keep(position, operation);
    return position;
  }

  recall(position: Position): LearnOperation {
    const recent = this.recent.get(position);
    if (recent !== undefined) return recent;
    const operation = decodeOperation(this.log.readFrame(position)) as LearnOperation;
    this.keep(position, operation);
    return operation;
  }

  private keep(position: Position, operation: LearnOperation): void {
    this.recent.set(position, operation);
    if (this.recent.size <= RECENT_MAX) return;
    for (const oldest of this.recent.keys()) {
      this.recent.delete(oldest);
      return;
    }
  }
}
