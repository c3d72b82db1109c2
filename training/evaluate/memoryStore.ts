/** Operations kept in memory: the pipeline without a log, for offline evaluation and simulation. */
import type { Position } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import type { LearnOperation, Operation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import type { OperationStore } from "../../src/core/join/ports.ts";

/** Hands each operation to `fold` with its place; keeps `learn` operations until their decision closes. */
export function memoryStore(fold: (operation: Operation, position: Position) => void): OperationStore {
  const learned = new Map<Position, LearnOperation>();
  let end = 0;
  return {
    append(operation) {
      const position = end++;
      if (operation.kind === OperationKind.learn) learned.set(position, operation);
      else if (operation.kind === OperationKind.close && operation.learnedAt !== undefined)
        learned.delete(operation.learnedAt);
      fold(operation, position);
      return position;
    },
    recall(position) {
      const operation = learned.get(position);
      if (operation === undefined)
        throw new BrigandError("CB_LOG_CORRUPT", { expected: "a learn operation", position });
      return operation;
    },
  };
}
