/** Bytes of segment files by path, with the files kept open: the newest few. */
import { closeSync, fstatSync, openSync, read, readSync } from "node:fs";

/** A part of a file. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

export class SegmentBytes {
  private readonly opened = new Map<string, number>();
  private readonly openMax: number;
  private reading = 0;

  constructor(openMax: number) {
    this.openMax = openMax;
  }

  /** Bytes in the file; undefined where there is none. Cost: a system call. */
  sizeOf(path: string): number | undefined {
    try {
      return fstatSync(this.open(path)).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** The range, shorter where the file ends before it. */
  readSync(path: string, range: Range): Uint8Array {
    const bytes = Buffer.allocUnsafeSlow(range.length);
    return bytes.subarray(0, readSync(this.open(path), bytes, 0, range.length, range.offset));
  }

  async read(path: string, range: Range): Promise<Uint8Array> {
    const fd = this.open(path);
    const bytes = Buffer.allocUnsafeSlow(range.length);
    this.reading++;
    try {
      return await new Promise((resolve, reject) => {
        read(fd, bytes, 0, range.length, range.offset, (error, n) =>
          error ? reject(error) : resolve(bytes.subarray(0, n)),
        );
      });
    } finally {
      this.reading--;
    }
  }

  close(): void {
    for (const fd of this.opened.values()) closeSync(fd);
    this.opened.clear();
  }

  private open(path: string): number {
    const known = this.opened.get(path);
    if (known !== undefined) return known;
    const fd = openSync(path, "r");
    for (const [oldest, oldFd] of this.opened) {
      if (this.opened.size < this.openMax || this.reading > 0) break;
      closeSync(oldFd);
      this.opened.delete(oldest);
    }
    this.opened.set(path, fd);
    return fd;
  }
}
