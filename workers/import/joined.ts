/**
 * The other half of an import: somebody writes the joined log while the file is read. A thread of this process when
 * nobody holds the policy, else the process that does.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { JoinedReader } from "../../src/adapters/fs/joinedLogReader.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import { newestSnapshot } from "../../src/adapters/fs/snapshots.ts";
import { decodeCommit } from "../../src/core/join/codec.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import type { PipelineBounds } from "../../src/core/pipeline.ts";
import type { PolicySettings } from "../../src/core/settings/policy.ts";
import type { Handed } from "./handed.ts";

/** What the thread is started with; only data crosses. */
export interface JoinThread {
  readonly dataDir: string;
  readonly workspace: string;
  readonly policy: string;
  readonly settings: PolicySettings;
  readonly bounds: PipelineBounds;
  /** Streams whose progress is told, in this order; of them the thread takes what `hand` gives it alone. */
  readonly places: readonly { readonly policy: string; readonly stream: string }[];
}
export type FromThread =
  | { readonly kind: "busy" }
  | { readonly kind: "ready" }
  | { readonly kind: "reached"; readonly positions: readonly number[]; readonly durable: boolean };
export type ToThread = "stop" | Handed;

export interface Joining {
  /** Resolves when the thread is up and waits for the streams, or another process holds the policy. */
  readonly ready: Promise<void>;
  /**
   * What was written to a stream goes to the thread, in order. @returns false where it is too far ahead of the join:
   * the thread reads it from the log, and texts have to be told again.
   */
  readonly hand: (handed: Handed) => boolean;
  /**
   * Resolves when the joined log has taken in the streams up to these positions, of which what was not handed over is
   * read from the log; answers by whom.
   */
  until(ends: readonly number[], onProgress: (share: number) => void): Promise<"here" | "by the running writer">;
  /** Leaves a snapshot and gives the policy up. */
  close(): Promise<void>;
}

/** Room for young objects: a fold makes many, and few live. */
const resourceLimits = { maxYoungGenerationSizeMb: 256, maxOldGenerationSizeMb: 4096 };
/** Bytes of a stream that wait in memory for the thread; as what is handed over they are a third of that. */
const AHEAD_BYTES = 32 * 1024 * 1024;
const POLL_MS = 5;
const READ_BYTES = 4 * 1024 * 1024;

export function startJoining(thread: JoinThread, layout: Layout): Joining {
  const worker = new Worker(new URL("./joinThread.js", import.meta.url), { workerData: thread, resourceLimits });
  let reached: readonly number[] = thread.places.map(() => 0);
  const handedTo = thread.places.map(() => 0);
  let durable = false;
  let busy = false;
  let failure: Error | undefined;
  const exited = once(worker, "exit").catch(() => {});
  // What goes wrong before is told by `until`.
  let begun = () => {};
  const ready = new Promise<void>((resolve) => {
    begun = resolve;
  });
  worker.on("error", (error) => {
    failure = error;
    begun();
  });
  worker.on("message", (message: FromThread) => {
    begun();
    if (message.kind === "busy") busy = true;
    else if (message.kind === "reached") {
      reached = message.positions;
      durable = message.durable;
    }
  });
  const hand = ({ records, ...handed }: Handed) => {
    const tooFar = handed.next - reached[handed.place] > AHEAD_BYTES;
    handedTo[handed.place] = handed.next;
    worker.postMessage((tooFar ? handed : { ...handed, records }) satisfies ToThread);
    return !tooFar;
  };
  return {
    ready,
    hand,
    async until(ends, onProgress) {
      ends.forEach((next, place) => {
        if (handedTo[place] < next) hand({ place, from: handedTo[place], next });
      });
      while (!busy && !(durable && shareOf(reached, ends) === 1)) {
        if (failure !== undefined) throw failure;
        onProgress(shareOf(reached, ends));
        await pause();
      }
      if (busy) await watch(thread, { layout, ends, onProgress });
      onProgress(1);
      return busy ? "by the running writer" : "here";
    },
    async close() {
      worker.postMessage("stop" satisfies ToThread);
      await exited;
      if (failure !== undefined) throw failure;
    },
  };
}

/** Follows the commits of the process that writes. */
async function watch(
  { policy, places }: JoinThread,
  { layout, ends, onProgress }: { layout: Layout; ends: readonly number[]; onProgress: (share: number) => void },
): Promise<void> {
  const snapshot = await newestSnapshot(layout.snapshotsOf(policy));
  const names = places.map((place) => `${place.policy}/${place.stream}`);
  const reached = names.map((name) => snapshot?.positions.get(name) ?? 0);
  const reader = new JoinedReader({ directory: layout.joinedOf(policy), from: snapshot?.position ?? 0 });
  while (shareOf(reached, ends) < 1) {
    const { frames } = await reader.read(READ_BYTES);
    for (const frame of frames) {
      if (frame.kind !== OperationKind.commit) continue;
      for (const range of decodeCommit(frame).ranges) {
        const at = names.indexOf(`${range.policy}/${range.stream}`);
        if (at >= 0) reached[at] = range.to;
      }
    }
    onProgress(shareOf(reached, ends));
    if (frames.length === 0) await pause();
  }
  reader.close();
}

function shareOf(reached: readonly number[], ends: readonly number[]): number {
  let all = 0;
  let done = 0;
  ends.forEach((end, i) => {
    all += end;
    done += Math.min(end, reached[i]);
  });
  return all === 0 ? 1 : done / all;
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, POLL_MS));
