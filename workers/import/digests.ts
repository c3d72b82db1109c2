/**
 * Which events an installation has imported, for ever: 128-bit digests of kind and id, sorted, one file for each
 * import stream: imports/<policy>/<stream>.digests. The log is the truth: a stream without a file (its import was
 * killed) is read again and gets one.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory, writeFileDurably } from "../../src/adapters/fs/durable.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import { namesIn } from "../../src/adapters/fs/segments.ts";
import { decodeRecord } from "../../src/core/log/codec.ts";
import { RecordKind } from "../../src/core/log/records.ts";
import { CATALOGUE, type Transport } from "../../src/ports/log.ts";

const BYTES = 16;
const READ_BYTES = 8 * 1024 * 1024;
const PREFIX = "import-";

export class Imported {
  /** Streams of earlier imports that were killed before their end. */
  readonly unfinished: string[] = [];
  private readonly known = new Set<string>();
  private readonly fresh = new Set<string>();
  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Cost: reads 16 bytes an event ever imported into the policy. */
  static async open({
    layout,
    transport,
    policy,
  }: {
    layout: Layout;
    transport: Transport;
    policy: string;
  }): Promise<Imported> {
    const imported = new Imported(join(layout.root, "imports", policy));
    const files = new Set(namesIn(imported.folder));
    for (const name of files) if (name.endsWith(".digests")) imported.read(join(imported.folder, name));
    const streams = (await transport.streams(policy)).filter((stream) => stream.startsWith(PREFIX));
    for (const stream of streams.filter((stream) => !files.has(`${stream}.digests`))) {
      for (const place of [policy, CATALOGUE]) await imported.scan(transport, place, stream);
      imported.unfinished.push(stream);
      await imported.save(stream);
    }
    return imported;
  }

  /** Notes the event. @returns false when it came before. */
  add(kind: number, id: string): boolean {
    const digest = createHash("sha256").update(`${kind} ${id}`).digest().toString("latin1", 0, BYTES);
    if (this.known.has(digest)) return false;
    this.known.add(digest);
    this.fresh.add(digest);
    return true;
  }

  /** Writes what was noted since the last call as the digests of `stream`. Durable when it resolves. */
  async save(stream: string): Promise<void> {
    await makeDirectory(this.folder);
    const sorted = [...this.fresh].sort().join("");
    await writeFileDurably(join(this.folder, `${stream}.digests`), Buffer.from(sorted, "latin1"));
    this.fresh.clear();
  }

  private read(path: string): void {
    const text = readFileSync(path, "latin1");
    for (let at = 0; at + BYTES <= text.length; at += BYTES) this.known.add(text.slice(at, at + BYTES));
  }

  private async scan(transport: Transport, policy: string, stream: string): Promise<void> {
    if (!(await transport.streams(policy)).includes(stream)) return;
    for (let from = 0; ; ) {
      const { frames, next } = await transport.read({ policy, stream, from, bytesMax: READ_BYTES });
      for (const frame of frames) {
        const record = decodeRecord(frame);
        if (record.kind !== RecordKind.end && "id" in record) this.add(record.kind, record.id);
      }
      if (next === from) return;
      from = next;
    }
  }
}
