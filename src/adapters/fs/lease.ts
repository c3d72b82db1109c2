/**
 * A lease as files of one folder: `lease-<fence>` is made exclusively and whole (a link to a finished file), holds who
 * made it, and stays after its release so that fences only grow. The highest fence counts.
 */
import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lease } from "../../ports/log.ts";
import { makeDirectory } from "./durable.ts";
import { type Holder, holderOf, Liveness } from "./leaseHolder.ts";
import { namesIn } from "./segments.ts";

const NAME = /^lease-(\d{8})$/;
const TELL_AGAIN_MS = 500;

export interface FileLeasesOptions {
  /** After how long a silent holder is dead where its process cannot be looked at (default 10 s). */
  readonly ttlMs?: number;
  /** Milliseconds of a clock that only grows; default `performance.now`. */
  readonly elapsed?: () => number;
}

/** Acquires leases; one a process, because it remembers heartbeats it saw. */
export class FileLeases {
  private readonly ttlMs: number;
  private readonly liveness: Liveness;
  private tries = 0;

  constructor(options: FileLeasesOptions = {}) {
    this.ttlMs = options.ttlMs ?? 10_000;
    this.liveness = new Liveness({ ttlMs: this.ttlMs, elapsed: options.elapsed ?? (() => performance.now()) });
  }

  /**
   * The lease of a folder, or undefined while a living process holds it. Its fence is above every earlier one and
   * above `fenceAbove`. Cost: a listing and four small files.
   */
  async acquire(directory: string, fenceAbove = 0): Promise<Lease | undefined> {
    await makeDirectory(directory);
    const highest = highestLease(directory);
    if (highest > 0) {
      const path = pathOf(directory, highest);
      const holder = read(path);
      if (holder === undefined || this.liveness.lives(path, holder)) return undefined;
    }
    const fence = Math.max(highest, fenceAbove) + 1;
    const draft = join(directory, `draft-${process.pid}-${this.tries++}`);
    try {
      writeFileSync(draft, JSON.stringify(holderOf()));
      linkSync(draft, pathOf(directory, fence));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
      throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    /** Of two that acquired with different `fenceAbove`, the higher holds it. */
    if (highestLease(directory) !== fence) return undefined;
    removeBelow(directory, fence);
    return new FileLease({ directory, fence, beatMs: this.ttlMs / 4 });
  }
}

class FileLease implements Lease {
  readonly fence: number;
  private readonly directory: string;
  private readonly timer: NodeJS.Timeout;
  private released = false;

  constructor(lease: { readonly directory: string; readonly fence: number; readonly beatMs: number }) {
    this.directory = lease.directory;
    this.fence = lease.fence;
    this.timer = setInterval(() => this.beat(), lease.beatMs);
    this.timer.unref();
  }

  /** Cost: a listing, 10 µs. */
  get valid(): boolean {
    return !this.released && highestLease(this.directory) === this.fence;
  }

  /**
   * A full disk does not take the word that it is released, and the process goes on living: without it nobody could ever
   * hold the lease again. So it is said again until it is taken.
   */
  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    clearInterval(this.timer);
    if (this.told()) return;
    const again = setInterval(() => {
      if (this.told()) clearInterval(again);
    }, TELL_AGAIN_MS);
    again.unref();
  }

  /** Whether others can see that it is released, or somebody holds it already. */
  private told(): boolean {
    try {
      if (highestLease(this.directory) !== this.fence) return true;
      const draft = join(this.directory, `released-${this.fence}`);
      const gone: Holder = { ...holderOf(), released: true };
      writeFileSync(draft, JSON.stringify(gone));
      renameSync(draft, pathOf(this.directory, this.fence));
      return true;
    } catch {
      return false;
    }
  }

  private beat(): void {
    const path = pathOf(this.directory, this.fence);
    try {
      /** Any time that differs from the one before will do: others only look whether it moves. */
      utimesSync(path, performance.now() / 1000, performance.now() / 1000);
    } catch {
      clearInterval(this.timer);
    }
  }
}

function highestLease(directory: string): number {
  let highest = 0;
  for (const name of namesIn(directory)) highest = Math.max(highest, Number(NAME.exec(name)?.[1] ?? 0));
  return highest;
}

function removeBelow(directory: string, fence: number): void {
  for (const name of namesIn(directory)) {
    if (Number(NAME.exec(name)?.[1] ?? fence) >= fence) continue;
    try {
      unlinkSync(join(directory, name));
    } catch {
      /** Somebody else tidied it away. */
    }
  }
}

function pathOf(directory: string, fence: number): string {
  return join(directory, `lease-${String(fence).padStart(8, "0")}`);
}

/** Undefined where the file has just gone; a holder nobody knows where power loss left it empty. */
function read(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch (error) {
    return error instanceof SyntaxError ? { pid: 0 } : undefined;
  }
}
