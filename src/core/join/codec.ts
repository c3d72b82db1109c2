/** Operations ↔ payloads of joined frames: a JSON head and, where there are rows, their float32 values. */
import type { Frame } from "../log/frame.ts";
import { packPayload, unpackPayload } from "../log/payload.ts";
import { closeHead, correctHead, learnHead, positiveHead } from "./heads.ts";
import type { Commit, LearnOperation, Operation } from "./operations.ts";
import { OperationKind } from "./operations.ts";

const noTail: readonly Float32Array[] = [];

export function encodeOperation(operation: Operation): Uint8Array {
  const { kind } = operation;
  if (kind === OperationKind.positive) return packPayload(positiveHead(operation), noTail);
  if (kind === OperationKind.correct) return packPayload(correctHead(operation), [operation.dense]);
  if (kind === OperationKind.learn) return packPayload(learnHead(operation), tailsOf(operation));
  if (kind === OperationKind.close) return packPayload(closeHead(operation), noTail);
  if (kind === OperationKind.vectors) {
    const { values, ...head } = operation;
    return packPayload(JSON.stringify({ ...head, kind: undefined }), [values]);
  }
  if (kind !== OperationKind.unlearn) return packPayload(JSON.stringify({ ...operation, kind: undefined }), noTail);
  const { dense, ...head } = operation;
  return packPayload(JSON.stringify({ ...head, kind: undefined }), [dense]);
}

/** The operation of a frame that is not a commit. */
export function decodeOperation(frame: Frame): Operation {
  const { head, floats } = unpackPayload(frame.payload);
  const operation = JSON.parse(head);
  operation.kind = frame.kind;
  if (
    frame.kind === OperationKind.learn ||
    frame.kind === OperationKind.correct ||
    frame.kind === OperationKind.unlearn
  ) {
    operation.dense = floats;
  }
  if (frame.kind === OperationKind.learn) withScores(operation, floats);
  if (frame.kind === OperationKind.vectors) operation.values = floats;
  return operation as Operation;
}

function tailsOf({ dense, scores }: LearnOperation): readonly Float32Array[] {
  return scores === undefined ? [dense] : [dense, scores];
}

/** What comes after the rows' columns is their scores. */
function withScores(
  operation: { -readonly [Name in keyof LearnOperation]: LearnOperation[Name] },
  floats: Float32Array,
) {
  const values = operation.items.length * operation.columns;
  if (floats.length === values) return;
  operation.dense = floats.subarray(0, values);
  operation.scores = floats.subarray(values);
}

export function encodeCommit(commit: Commit): Uint8Array {
  return packPayload(JSON.stringify(commit), noTail);
}

export function decodeCommit(frame: Frame): Commit {
  return JSON.parse(unpackPayload(frame.payload).head) as Commit;
}
