/** The log as its users see it: append here, read there, one writer a policy. */
import type { Position, TimeMs } from "../core/domain.ts";
import type { Frame } from "../core/log/frame.ts";

/** process: survives kill -9 · disk: fsynced, survives power loss · store: acknowledged by the transport. */
export type DurabilityLevel = "process" | "disk" | "store";

/** One append-only stream of frames, written by one process at a time. */
export interface AppendStream {
  /**
   * Queues a frame (the payload is copied); frames of one turn of the event loop are written together.
   * `position` is final at once; `durable` resolves when the level is reached and rejects (CB_LOG_WRITE_FAILED)
   * when it cannot be: then the frame will not be read, unless only the fsync failed. Nobody needs to catch it.
   * @throws CB_LOG_FULL while too many bytes wait, CB_LOG_FRAME_TOO_LARGE, CB_LOG_CLOSED
   */
  append(frame: { kind: number; time: TimeMs; payload: readonly Uint8Array[]; level: DurabilityLevel }): {
    position: Position;
    durable: Promise<void>;
  };
  /** Position just after the last queued frame. */
  readonly end: Position;
  close(): Promise<void>;
}

/** What a reader finds from a position on; `next` is where to go on. Never a torn or corrupt frame. */
export interface Batch {
  readonly frames: readonly Frame[];
  readonly next: Position;
}

/** Names one server's (or import's) stream of a policy: `<server>-<epoch>`; imports start with `import-`. */
export type StreamName = string;

/** Held by the one process that joins a policy. `fence` grows with every holder. */
export interface Lease {
  readonly fence: number;
  /** False from the moment the lease can no longer be trusted. */
  readonly valid: boolean;
  release(): Promise<void>;
}

/**
 * How frames travel from the servers' write-ahead segments to the policy's writer.
 * Adapters: `fs` (the segments read directly), `redis` (Redis Streams fed by a forwarder).
 */
export interface Transport {
  policies(): Promise<readonly string[]>;
  streams(policy: string): Promise<readonly StreamName[]>;
  read(stream: { policy: string; stream: StreamName; from: Position; bytesMax: number }): Promise<Batch>;
  /** Everything before `upTo` is safely downstream and may go. */
  trim(stream: { policy: string; stream: StreamName; upTo: Position }): Promise<void>;
  /** The lease, or undefined while somebody else holds it. */
  acquire(policy: string): Promise<Lease | undefined>;
  /** Drops everything that the transport itself holds of a policy; nobody may be writing it. */
  forget?(policy: string): Promise<void>;
  close(): Promise<void>;
}

/** The catalogue (item and user events of a workspace) travels as a policy of this name. */
export const CATALOGUE = "_catalogue";
