/**
 * Who holds a file lease, and whether that process still lives. On Linux a process is its id, its start time and the
 * namespace and boot they count in: a dead holder is known at once. Elsewhere, or seen from another container, the
 * holder's heartbeat (the modification time of its file) tells: one that stood still for a TTL of our own monotonic
 * clock is dead, whatever the wall clocks say.
 */
import { readFileSync, readlinkSync, statSync } from "node:fs";

export interface Holder {
  readonly pid: number;
  /** Ticks since boot at which the process started; undefined where /proc does not tell. */
  readonly start?: string;
  /** Boot and process namespace, in which pid and start mean something. */
  readonly machine?: string;
  readonly released?: boolean;
}

/** A process of this machine: this one unless told otherwise. */
export function holderOf(pid: number = process.pid): Holder {
  return { pid, start: startTime(pid), machine: machine() };
}

/** Watches heartbeats between calls. */
export class Liveness {
  private readonly seen = new Map<string, { readonly beat: number; readonly since: number }>();
  private readonly ttlMs: number;
  private readonly elapsed: () => number;

  constructor(options: { readonly ttlMs: number; readonly elapsed: () => number }) {
    this.ttlMs = options.ttlMs;
    this.elapsed = options.elapsed;
  }

  /** Whether the holder that wrote the file at `path` lives, as far as can be told. */
  lives(path: string, holder: Holder): boolean {
    if (holder.released === true) return false;
    const here = machine();
    if (here !== undefined && holder.machine === here && holder.start !== undefined) {
      return startTime(holder.pid) === holder.start;
    }
    const beat = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (beat === undefined) return false;
    const known = this.seen.get(path);
    if (known?.beat === beat) return this.elapsed() - known.since < this.ttlMs;
    this.seen.set(path, { beat, since: this.elapsed() });
    return true;
  }
}

/** Field 22 of /proc/<pid>/stat; the command before it may hold blanks and brackets, so counting starts after it. */
function startTime(pid: number): string | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  /** A zombie or dead process holds nothing. */
  if (fields === undefined || fields[0] === "Z" || fields[0] === "X") return undefined;
  return fields[19];
}

function machine(): string | undefined {
  const boot = textOf("/proc/sys/kernel/random/boot_id")?.trim();
  if (boot === undefined) return undefined;
  try {
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
