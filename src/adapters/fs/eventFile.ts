/**
 * Files of events, one JSON a line, as they are (.jsonl) or gzipped (.jsonl.gz), read in order and in batches. Memory
 * is one chunk of the file and at most one line of `lineBytesMax`, however large the file is.
 */
import { isAscii } from "node:buffer";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { BrigandError } from "../../core/errors.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CHUNK_BYTES = 256 * 1024;
export const EVENT_LINE_BYTES_MAX = 1024 * 1024;

/**
 * One line that is not blank; `error` says why it has no text. `lineNumber` counts from 1, blank lines included. Of text
 * that is ASCII there are the bytes too, each its character, until the next batch is read.
 */
export type EventLine =
  | { readonly lineNumber: number; readonly text: string; readonly bytes?: Uint8Array; readonly error?: undefined }
  | { readonly lineNumber: number; readonly text?: undefined; readonly error: BrigandError };

export interface EventBatch {
  readonly lines: readonly EventLine[];
  /** Bytes of the file read so far, of all it has: for progress. */
  readonly bytesRead: number;
  readonly bytes: number;
}

export interface EventFileOptions {
  readonly lineBytesMax?: number;
  /**
   * Lines of a batch at most; else those of a chunk. Few lines at a time are read and forgotten while they are in the
   * processor's cache, and the garbage collector has nothing to move.
   */
  readonly linesMax?: number;
}

/**
 * Lines longer than the bound and lines that are not UTF-8 come as errors (CB_LINE_TOO_LONG, CB_BODY_NOT_UTF8).
 * @throws CB_COMMAND_FAILED when the file cannot be opened or read, or its gzip is damaged or cut off: what came
 * before has been yielded then.
 */
export async function* readEventFile(
  path: string,
  { lineBytesMax = EVENT_LINE_BYTES_MAX, linesMax = Number.POSITIVE_INFINITY }: EventFileOptions = {},
): AsyncGenerator<EventBatch> {
  const bytes = await sizeOf(path);
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const unpacked = path.endsWith(".gz") ? createGunzip({ chunkSize: CHUNK_BYTES }) : undefined;
  if (unpacked !== undefined) file.on("error", (error) => unpacked.destroy(error)).pipe(unpacked);
  const splitter = new Splitter(lineBytesMax);
  const batch = (lines: EventLine[]) => ({ lines, bytesRead: file.bytesRead, bytes });
  try {
    for await (const chunk of unpacked ?? file)
      for (const lines of splitter.take(chunk, linesMax)) if (lines.length > 0) yield batch(lines);
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    file.destroy();
    unpacked?.destroy();
  }
  const rest = splitter.end();
  if (rest.length > 0) yield batch(rest);
}

/** The file's bytes, unpacked, in chunks. @throws CB_COMMAND_FAILED as `readEventFile` */
export async function* readEventBytes(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const unpacked = path.endsWith(".gz") ? createGunzip({ chunkSize: CHUNK_BYTES }) : undefined;
  if (unpacked !== undefined) file.on("error", (error) => unpacked.destroy(error)).pipe(unpacked);
  try {
    for await (const chunk of unpacked ?? file) yield chunk;
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    file.destroy();
    unpacked?.destroy();
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new Error("it is a folder");
    return found.size;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): BrigandError {
  const problem = cause instanceof Error ? cause.message : String(cause);
  const hint = "Give a file of events, one JSON a line, as .jsonl or .jsonl.gz.";
  return new BrigandError("CB_COMMAND_FAILED", { problem: `${path} could not be read: ${problem}` }, hint, { cause });
}

/** Chunks of bytes → lines. */
class Splitter {
  private readonly lineBytesMax: number;
  private readonly decoder = new TextDecoder("utf-8", { fatal: true });
  private lineNumber = 0;
  private kept: Buffer[] = [];
  private length = 0;

  constructor(lineBytesMax: number) {
    this.lineBytesMax = lineBytesMax;
  }

  *take(chunk: Buffer, linesMax: number): Generator<EventLine[]> {
    let lines: EventLine[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      this.keep(chunk.subarray(from, at));
      this.finish(lines);
      from = at + 1;
      if (lines.length < linesMax) continue;
      yield lines;
      lines = [];
    }
    if (from < chunk.byteLength) this.keep(Buffer.from(chunk.subarray(from)));
    yield lines;
  }

  /** The last line, when no line feed ended it. */
  end(): EventLine[] {
    const lines: EventLine[] = [];
    if (this.length > 0) this.finish(lines);
    return lines;
  }

  private keep(piece: Buffer): void {
    this.length += piece.byteLength;
    if (this.length <= this.lineBytesMax) this.kept.push(piece);
    else this.kept = [];
  }

  private finish(lines: EventLine[]): void {
    const lineNumber = ++this.lineNumber;
    const { kept, length, lineBytesMax } = this;
    this.kept = [];
    this.length = 0;
    if (length > lineBytesMax) {
      lines.push({ lineNumber, error: new BrigandError("CB_LINE_TOO_LONG", { maximum: lineBytesMax }) });
      return;
    }
    try {
      const whole = kept.length === 1 ? kept[0] : Buffer.concat(kept);
      const bytes = whole[whole.length - 1] === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole;
      const ascii = isAscii(bytes);
      const line = ascii ? bytes.toString("latin1") : this.decoder.decode(bytes);
      const text = line.trim();
      if (text.length === 0) return;
      lines.push(ascii && text.length === line.length ? { lineNumber, text, bytes } : { lineNumber, text });
    } catch (cause) {
      const problem = "the line has bytes that are none";
      lines.push({ lineNumber, error: new BrigandError("CB_BODY_NOT_UTF8", { problem }, undefined, { cause }) });
    }
  }
}
