/**
 * Callers' decision ids → places in the log, in memory, bounded in count and age (about 250 bytes an entry). Nothing
 * is stored: at start the lines of all streams that may still be young enough are read and their ids taken.
 * Server-made ids name their place themselves and need no entry.
 */
import { readdirSync, statSync } from "node:fs";
import { locate } from "../../core/decide/decisionId.ts";
import type { TimeMs } from "../../core/domain.ts";
import { peekDecisionId } from "../../core/log/codec.ts";
import type { DecisionIndex, DecisionPlace } from "../../ports/decisions.ts";
import { CATALOGUE } from "../../ports/log.ts";
import { isPolicyFolder, isStreamFolder, type Layout } from "./layout.ts";
import { SegmentReader } from "./segmentReader.ts";
import { listSegments } from "./segments.ts";

const READ_BYTES = 1024 * 1024;

export interface DecisionIndexOptions {
  readonly layout: Layout;
  readonly decisionIndexMax: number;
  readonly decisionTtlMs: number;
  readonly now: TimeMs;
  /** Told of streams that could not be read to their end. */
  readonly failed: (error: unknown) => void;
}

interface Entry extends DecisionPlace {
  readonly at: TimeMs;
}

/** Starts reading what earlier processes wrote; `ready` resolves when that is done. */
export function openDecisionIndex(options: DecisionIndexOptions): DecisionIndex & { close(): void } {
  return new MemoryIndex(options);
}

class MemoryIndex implements DecisionIndex {
  readonly ready: Promise<void>;
  complete = false;
  private readonly entries = new Map<string, Entry>();
  private readonly options: DecisionIndexOptions;
  private closed = false;

  constructor(options: DecisionIndexOptions) {
    this.options = options;
    this.ready = this.rebuild().finally(() => {
      this.complete = true;
    });
  }

  get size(): number {
    return this.entries.size;
  }

  get(id: string, now: TimeMs): DecisionPlace | undefined {
    const entry = this.entries.get(id);
    return entry === undefined || now - entry.at > this.options.decisionTtlMs ? undefined : entry;
  }

  /** The first line of an id counts; entries are in the order of time, so the oldest go first. */
  put(id: string, place: DecisionPlace, at: TimeMs): void {
    if (this.get(id, at) !== undefined) return;
    this.entries.delete(id);
    this.entries.set(id, { policy: place.policy, stream: place.stream, position: place.position, at });
    if (this.entries.size > this.options.decisionIndexMax) this.evict(at);
  }

  forget(id: string, { policy, stream, position }: DecisionPlace): void {
    const entry = this.entries.get(id);
    if (entry?.position === position && entry.stream === stream && entry.policy === policy) this.entries.delete(id);
  }

  close(): void {
    this.closed = true;
  }

  /** An eighth goes at once: an entry at a time would walk over the holes of those before it. */
  private evict(now: TimeMs): void {
    const wanted = Math.floor((this.options.decisionIndexMax * 7) / 8);
    const oldest = now - this.options.decisionTtlMs;
    for (const [known, entry] of this.entries) {
      if (this.entries.size <= wanted && entry.at >= oldest) return;
      this.entries.delete(known);
    }
  }

  private async rebuild(): Promise<void> {
    const { layout, failed } = this.options;
    for (const policy of foldersOf(layout.wal).filter((name) => isPolicyFolder(name) && name !== CATALOGUE)) {
      for (const stream of foldersOf(layout.walOf(policy)).filter(isStreamFolder)) {
        if (!this.closed) await this.scan(policy, stream).catch(failed);
      }
    }
  }

  private async scan(policy: string, stream: string): Promise<void> {
    const { layout, now, decisionTtlMs } = this.options;
    const directory = layout.streamOf(policy, stream);
    const oldest = now - decisionTtlMs;
    const first = listSegments(directory).find(({ path }) => statSync(path).mtimeMs >= oldest);
    if (first === undefined) return;
    const reader = new SegmentReader({ directory, from: first.base });
    try {
      for (;;) {
        const { frames } = await reader.read(READ_BYTES);
        if (frames.length === 0 || this.closed) return;
        for (const frame of frames) {
          const id = frame.time < oldest ? undefined : peekDecisionId(frame);
          if (id === undefined || locate(id)?.position === frame.position) continue;
          this.put(id, { policy, stream, position: frame.position }, frame.time);
        }
      }
    } finally {
      await reader.close();
    }
  }
}

function foldersOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
