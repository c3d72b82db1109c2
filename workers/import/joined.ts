/** Waits until the policy's writer has taken in two streams: this process when nobody else writes, else the one that does. */
import { JoinedReader } from "../../src/adapters/fs/joinedLogReader.ts";
import { newestSnapshot } from "../../src/adapters/fs/snapshots.ts";
import { decodeCommit } from "../../src/core/join/codec.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import { PolicyWriter, type PolicyWriterOptions } from "../writer/policyWriter.ts";

export interface Ends {
  /** "policy/stream" → position to reach. */
  readonly positions: ReadonlyMap<string, number>;
  /** Share of the bytes that are in. */
  readonly onProgress: (share: number) => void;
}

const POLL_MS = 20;
const READ_BYTES = 4 * 1024 * 1024;

/** @returns by whom it was joined. */
export async function untilJoined(options: PolicyWriterOptions, ends: Ends): Promise<"here" | "by the running writer"> {
  const writer = await PolicyWriter.open(options);
  if (writer === undefined) {
    await watch(options, ends);
    return "by the running writer";
  }
  const reached = (place: string) => writer.positionOf(...split(place));
  while (shareOf(ends, reached) < 1) {
    await writer.round();
    ends.onProgress(shareOf(ends, reached));
  }
  await writer.close();
  return "here";
}

async function watch({ layout, policy }: PolicyWriterOptions, ends: Ends): Promise<void> {
  const snapshot = await newestSnapshot(layout.snapshotsOf(policy));
  const positions = new Map(snapshot?.positions);
  const reader = new JoinedReader({ directory: layout.joinedOf(policy), from: snapshot?.position ?? 0 });
  while (shareOf(ends, (place) => positions.get(place) ?? 0) < 1) {
    const { frames } = await reader.read(READ_BYTES);
    for (const frame of frames) {
      if (frame.kind !== OperationKind.commit) continue;
      for (const range of decodeCommit(frame).ranges) positions.set(`${range.policy}/${range.stream}`, range.to);
    }
    ends.onProgress(shareOf(ends, (place) => positions.get(place) ?? 0));
    if (frames.length === 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  reader.close();
}

function shareOf({ positions }: Ends, reached: (place: string) => number): number {
  let all = 0;
  let done = 0;
  for (const [place, end] of positions) {
    all += end;
    done += Math.min(end, reached(place));
  }
  return all === 0 ? 1 : done / all;
}

function split(place: string): [policy: string, stream: string] {
  const at = place.indexOf("/");
  return [place.slice(0, at), place.slice(at + 1)];
}
