/**
 * Who decides an id that a caller chose, among the server processes of one machine: a line in a file that all of them
 * append to. The kernel puts appended lines in one order, and whoever's line stands first decides.
 *
 *   servers/claims/<minute>.log     lines [id's digest, policy, stream, position, milliseconds]; a sixth field "-"
 *                                   takes a claim back
 *
 * The claim names where in its stream the decision's line will stand or come after, so that others find it there. A
 * file a minute keeps them small; those of the last ten minutes are kept, what they said is remembered.
 */
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { DecisionId, TimeMs } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import type { Claimed, DecisionClaims, DecisionPlace } from "../../ports/decisions.ts";
import type { Layout } from "./layout.ts";
import { isSuperseded } from "./layoutServer.ts";

const MINUTE_MS = 60_000;
const FILES_KEPT = 10;
const READ_BYTES = 256 * 1024;
const LOOK_MS = 1000;
/** What a read brings; its lines are taken before the next one. */
const ROOM = Buffer.allocUnsafeSlow(READ_BYTES);

export interface ClaimsOptions {
  readonly layout: Layout;
  /** This process' own streams begin with it. */
  readonly streamName: string;
  readonly now: () => TimeMs;
  readonly decisionTtlMs: number;
  /** Claims of other processes remembered; about 250 bytes each. */
  readonly decisionIndexMax: number;
  /** Told of a look at the others' claims that failed. */
  readonly failed: (error: unknown) => void;
}

/** Looks once a second at what others claimed, and whenever this process claims. */
export function openClaims(options: ClaimsOptions): DecisionClaims & { close(): void } {
  return new FileClaims(options);
}

class FileClaims implements DecisionClaims {
  private readonly options: ClaimsOptions;
  private readonly folder: string;
  private readonly others = new Map<string, Claimed[]>();
  private readonly tails = new Map<number, Tail>();
  /** Claims that came to nothing, not yet told. */
  private readonly releases: { readonly key: string; readonly place: DecisionPlace }[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(options: ClaimsOptions) {
    this.options = options;
    this.folder = join(options.layout.servers, "claims");
    mkdirSync(this.folder, { recursive: true });
    this.look();
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.timer.unref();
  }

  /** Cost: an append and a read of what came since, about 20 µs. @throws CB_LOG_WRITE_FAILED */
  claim(id: DecisionId, place: DecisionPlace): readonly Claimed[] {
    try {
      return this.claimNow(id, place);
    } catch (error) {
      throw writeFailed(error);
    }
  }

  private claimNow(id: DecisionId, place: DecisionPlace): readonly Claimed[] {
    const key = keyOf(id);
    for (;;) {
      const at = this.options.now();
      const minute = minuteOf(at);
      const line = lineOf(key, place, at);
      this.tail(minute - 1)?.read((text) => this.take(text));
      const tail = this.made(minute);
      tail.append(line);
      let before: readonly Claimed[] = [];
      tail.read((text) => {
        if (text === line) before = [...(this.others.get(key) ?? [])];
        else this.take(text);
      });
      // A process that stood still over the turn of the minute claims again, where the others look.
      if (minuteOf(this.options.now()) === minute) return before.filter((other) => at - other.at <= this.ttl);
      this.release(id, place);
    }
  }

  find(id: DecisionId, now: TimeMs): readonly Claimed[] {
    this.look();
    return (this.others.get(keyOf(id)) ?? []).filter(({ at }) => now - at <= this.ttl);
  }

  /** Never throws: what the disk does not take now is told with the next look. */
  release(id: DecisionId, place: DecisionPlace): void {
    this.releases.push({ key: keyOf(id), place });
    try {
      this.tellReleases();
    } catch (error) {
      this.options.failed(error);
    }
  }

  private tellReleases(): void {
    for (let next = this.releases[0]; next !== undefined; next = this.releases[0]) {
      const at = this.options.now();
      this.made(minuteOf(at)).append(lineOf(next.key, next.place, at, "-"));
      this.releases.shift();
    }
  }

  isGone({ stream }: DecisionPlace): boolean {
    return isSuperseded(this.options.layout, stream);
  }

  close(): void {
    clearInterval(this.timer);
    for (const tail of this.tails.values()) tail.close();
    this.tails.clear();
  }

  private get ttl(): number {
    return this.options.decisionTtlMs;
  }

  /** What others appended since the last look; forgets files that everybody has read. */
  private look(): void {
    try {
      this.tellReleases();
      const oldest = minuteOf(this.options.now()) - FILES_KEPT + 1;
      // Also those that another process dropped first: they are still open here.
      const minutes = new Set([...this.tails.keys(), ...minutesIn(this.folder)]);
      for (const minute of [...minutes].sort((a, b) => a - b)) {
        if (minute >= oldest) this.made(minute).read((text) => this.take(text));
        else this.drop(minute);
      }
    } catch (error) {
      this.options.failed(error);
    }
  }

  /** One line of the file, of whatever process. */
  private take(text: string): void {
    const line = parsed(text);
    if (line === undefined || line.place.stream.startsWith(this.options.streamName)) return;
    const { key, place, at, released } = line;
    const standing = this.others.get(key) ?? [];
    const others = standing.filter(({ stream, position }) => stream !== place.stream || position !== place.position);
    if (!released) others.push({ ...place, at });
    this.others.delete(key);
    if (others.length > 0) this.others.set(key, others);
    if (this.others.size > this.options.decisionIndexMax) this.evict();
  }

  /** Those that were claimed longest ago go: an eighth at once. */
  private evict(): void {
    let left = Math.ceil(this.options.decisionIndexMax / 8);
    for (const key of this.others.keys()) {
      if (left-- <= 0) return;
      this.others.delete(key);
    }
  }

  private made(minute: number): Tail {
    const known = this.tails.get(minute);
    if (known !== undefined) return known;
    const tail = new Tail(this.pathOf(minute));
    this.tails.set(minute, tail);
    return tail;
  }

  private tail(minute: number): Tail | undefined {
    if (this.tails.has(minute) || minutesIn(this.folder).includes(minute)) return this.made(minute);
    return undefined;
  }

  private drop(minute: number): void {
    this.tails.get(minute)?.close();
    this.tails.delete(minute);
    try {
      unlinkSync(this.pathOf(minute));
    } catch {
      // Another process dropped it first.
    }
  }

  private pathOf(minute: number): string {
    return join(this.folder, `${minute}.log`);
  }
}

/** A file that grows: appends whole lines, and reads whole lines that came since the last read. */
class Tail {
  private readonly fd: number;
  private position = 0;
  private rest = "";

  constructor(path: string) {
    this.fd = openSync(path, "a+", 0o600);
  }

  /** Begins with a line feed, so that a line which a full disk cut short spoils no other. */
  append(line: string): void {
    const bytes = Buffer.from(`\n${line}\n`, "latin1");
    if (writeSync(this.fd, bytes) < bytes.byteLength) throw new Error("the disk took a part of the line");
  }

  read(each: (line: string) => void): void {
    for (;;) {
      const n = readSync(this.fd, ROOM, 0, READ_BYTES, this.position);
      if (n === 0) return;
      this.position += n;
      // Lines are ASCII: a read never cuts a character.
      const lines = (this.rest + ROOM.toString("latin1", 0, n)).split("\n");
      this.rest = lines.pop() ?? "";
      for (const line of lines) each(line);
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** 128 bits: who guesses a collision only makes an id of their own wait. */
function keyOf(id: DecisionId): string {
  return createHash("sha256").update(id).digest("base64url").slice(0, 22);
}

function minuteOf(at: TimeMs): number {
  return Math.floor(at / MINUTE_MS);
}

function minutesIn(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => /^\d+\.log$/.test(name))
    .map((name) => Number.parseInt(name, 10));
}

function lineOf(key: string, { policy, stream, position }: DecisionPlace, at: TimeMs, mark?: "-"): string {
  const claim = [key, policy, stream, position, at];
  return JSON.stringify(mark === undefined ? claim : [...claim, mark]);
}

function writeFailed(error: unknown): BrigandError {
  const problem = error instanceof Error && "code" in error ? String(error.code) : "a claim could not be written";
  return new BrigandError("CB_LOG_WRITE_FAILED", { problem }, undefined, { cause: error });
}

interface Line {
  readonly key: string;
  readonly place: DecisionPlace;
  readonly at: TimeMs;
  readonly released: boolean;
}

/** Undefined for what a process that died left half written. */
function parsed(text: string): Line | undefined {
  try {
    const [key, policy, stream, position, at, mark]: unknown[] = JSON.parse(text);
    if (typeof key !== "string" || typeof policy !== "string" || typeof stream !== "string") return undefined;
    if (typeof position !== "number" || typeof at !== "number") return undefined;
    return { key, place: { policy, stream, position }, at, released: mark === "-" };
  } catch {
    return undefined;
  }
}
