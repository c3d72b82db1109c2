/** One segment file being written: appends whole groups, cuts what failed, fsyncs what it is asked to. */
import { readSync } from "node:fs";
import { join } from "node:path";
import type { Position } from "../../core/domain.ts";
import { type Files, makeDirectory, writeAll } from "./durable.ts";
import { segmentName } from "./segments.ts";

export class SegmentFile {
  readonly base: Position;
  /** Bytes of whole written groups. */
  size = 0;
  /** Bytes known to be on the disk. */
  syncedSize = 0;
  private readonly fd: number;
  private readonly path: string;
  private readonly directory: string;
  private readonly disk: Files;
  private named = false;
  private suspect = false;

  private constructor(place: { fd: number; path: string; directory: string; base: Position; disk: Files }) {
    this.fd = place.fd;
    this.path = place.path;
    this.directory = place.directory;
    this.base = place.base;
    this.disk = place.disk;
  }

  /** Makes the file; @throws the disk's error, and EEXIST where the file is there already. */
  static async create(place: { directory: string; base: Position; fence?: number; disk: Files }): Promise<SegmentFile> {
    const { directory, base, fence, disk } = place;
    const path = join(directory, segmentName(base, fence));
    await makeDirectory(directory);
    const fd = await disk.open(path, "wx+");
    return new SegmentFile({ fd, path, directory, base, disk });
  }

  /**
   * Writes a group of frames at the end. On an error keeps the frames that are whole, as `wholeUpTo` tells them from
   * the bytes written, and cuts the rest off. Returns how many bytes stay.
   */
  async write(bytes: Uint8Array, wholeUpTo: (written: number) => number): Promise<{ kept: number; error?: unknown }> {
    const { written, error } = await writeAll(this.disk, { fd: this.fd, bytes, position: this.size });
    if (error === undefined) {
      this.size += written;
      return { kept: written };
    }
    const kept = wholeUpTo(written);
    this.size += kept;
    return { kept, error };
  }

  /** Writes a round at `offset`, over what an earlier try left there. @throws the disk's error */
  async writeAt(offset: number, bytes: Uint8Array): Promise<void> {
    const { error } = await writeAll(this.disk, { fd: this.fd, bytes, position: offset });
    if (error !== undefined) throw error;
    this.size = offset + bytes.byteLength;
  }

  /** Writes a piece of the round that `writeAt` will end. @returns whether all of it came to the file */
  async writeAhead(offset: number, bytes: Uint8Array): Promise<boolean> {
    return (await writeAll(this.disk, { fd: this.fd, bytes, position: offset })).error === undefined;
  }

  /** Cuts off what follows the last whole frame. */
  async cut(): Promise<void> {
    await this.disk.truncate(this.fd, this.size);
  }

  /**
   * Puts everything written so far on the disk. After a failed fsync the kernel calls its pages clean though they are
   * not on the disk; so a second try writes the same bytes again first.
   */
  async sync(): Promise<void> {
    const size = this.size;
    if (this.suspect) await this.rewrite(size);
    if (this.syncedSize < size) {
      this.suspect = true;
      await this.disk.datasync(this.fd);
      this.suspect = false;
      this.syncedSize = size;
    }
    if (this.named) return;
    await this.disk.syncDirectory(this.directory);
    this.named = true;
  }

  async close(): Promise<void> {
    await this.disk.close(this.fd);
  }

  /** Removes a file that nothing was kept of; may be called again after an error. */
  async discard(): Promise<void> {
    await this.disk.unlink(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    await this.close();
  }

  private async rewrite(size: number): Promise<void> {
    const bytes = new Uint8Array(size - this.syncedSize);
    readSync(this.fd, bytes, 0, bytes.byteLength, this.syncedSize);
    const { error } = await writeAll(this.disk, { fd: this.fd, bytes, position: this.syncedSize });
    if (error !== undefined) throw error;
  }
}
