/** Decision lines and their closings written as files, and entries of a listing made from them. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { makeDirectory } from "../../../src/adapters/fs/durable.ts";
import type { Layout } from "../../../src/adapters/fs/layout.ts";
import { encodeCommit, encodeOperation } from "../../../src/core/join/codec.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { encodeRecord } from "../../../src/core/log/codec.ts";
import { encodeFrame, type FrameInput } from "../../../src/core/log/frame.ts";
import { type DecisionRecord, FORMAT_VERSION, RecordKind } from "../../../src/core/log/records.ts";

/** Three candidates, two shown, the second of them for exploration. */
export function decision(id: string, at: number, fields: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    kind: RecordKind.decision,
    v: FORMAT_VERSION,
    id,
    workspace: "default",
    policy: "home",
    variant: "default",
    modelVersion: 1,
    columns: 0,
    unit: "decision",
    consent: [],
    at,
    served: "model",
    deferred: false,
    explorer: "uniform",
    parameters: {},
    floor: 0,
    nonce: "00",
    seed: "00".repeat(32),
    passProbability: 1,
    full: false,
    items: ["a", "b", "c"],
    slots: [2, 0],
    propensity: [1 / 3, 1 / 2],
    score: Float32Array.of(1, 2, 3),
    uncertainty: new Float32Array(3),
    shown: new Float32Array(0),
    ...fields,
  };
}

export async function writeLines(layout: Layout, stream: string, lines: readonly DecisionRecord[]): Promise<void> {
  const folder = layout.streamOf("home", stream);
  await makeDirectory(folder);
  const frames = lines.map(
    (record): FrameInput => ({ kind: record.kind, time: record.at, payload: [encodeRecord(record)] }),
  );
  appendFileSync(join(folder, "0000000000000000.seg"), Buffer.concat(frames.map((frame) => encodeFrame(frame, crc32))));
}

/** One round. Without `rewards`: deferred and never activated. */
export async function writeClosings(
  layout: Layout,
  closings: readonly { readonly id: string; readonly at: number; readonly rewards?: readonly number[] }[],
): Promise<void> {
  const folder = layout.joinedOf("home");
  await makeDirectory(folder);
  const kind = OperationKind.close;
  const frames = closings.map(({ id, at, rewards }): FrameInput => {
    const learnedAt = rewards === undefined ? undefined : 0;
    return {
      kind,
      time: at,
      payload: [encodeOperation({ kind, decision: id, learnedAt, rewards: rewards ?? [0, 0], at })],
    };
  });
  const time = closings.at(-1)?.at ?? 0;
  frames.push({ kind: OperationKind.commit, time, payload: [encodeCommit({ fence: 1, ranges: [], counts: {} })] });
  const bytes = Buffer.concat(frames.map((frame) => encodeFrame(frame, crc32)));
  appendFileSync(join(folder, "0000000000000000-00000001.seg"), bytes);
}
