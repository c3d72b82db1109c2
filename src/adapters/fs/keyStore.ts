/**
 * One JSON file an API key, in a folder that only Brigand's user reads:
 *
 *   DATA_DIR/access/keys/<id>.json   mode 0600, replaced whole
 *
 * Other processes see a change within POLL_MS. A file that cannot be read counts as a key that nobody has: access does
 * not become open because of it.
 */
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { type KeyRecord, readKeyRecord } from "../../core/access/keyRecord.ts";
import type { KeyStore } from "../../ports/access.ts";
import { writeFileDurably } from "./durable.ts";

const POLL_MS = 500;
const FILE = /^([0-9a-z]{10})\.json$/;

/** @param options.refused is told of files that are no records. Cost: reads every file at once. */
export function openKeyStore(options: {
  /** DATA_DIR/access/keys. */
  readonly folder: string;
  readonly refused: (file: string, error: unknown) => void;
}): KeyStore {
  return new FileKeyStore(options);
}

class FileKeyStore implements KeyStore {
  version = 0;
  private readonly options: Parameters<typeof openKeyStore>[0];
  private readonly timer: NodeJS.Timeout;
  private files = 0;
  private byId = new Map<string, KeyRecord>();
  private byHash = new Map<string, KeyRecord>();
  private seen = -1;
  private pending = 0;

  constructor(options: Parameters<typeof openKeyStore>[0]) {
    this.options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.refresh();
    this.timer = setInterval(() => this.refresh(), POLL_MS);
    this.timer.unref();
  }

  get count(): number {
    return Math.max(this.files, this.byId.size);
  }

  list(): readonly KeyRecord[] {
    return [...this.byId.values()].sort((a, b) => a.createdAt - b.createdAt);
  }

  get(id: string): KeyRecord | undefined {
    return this.byId.get(id);
  }

  find(hash: string): KeyRecord | undefined {
    return this.byHash.get(hash);
  }

  async put(record: KeyRecord): Promise<void> {
    this.byId.set(record.id, record);
    this.byHash.set(record.hash, record);
    this.version++;
    this.pending++;
    try {
      const path = join(this.options.folder, `${record.id}.json`);
      await writeFileDurably(path, Buffer.from(`${JSON.stringify(record, undefined, 2)}\n`));
      await chmod(path, 0o600);
    } finally {
      this.pending--;
    }
  }

  close(): void {
    clearInterval(this.timer);
  }

  private refresh(): void {
    if (this.pending > 0) return;
    const { folder, refused } = this.options;
    const { mtimeMs } = statSync(folder);
    if (mtimeMs === this.seen) return;
    this.seen = mtimeMs;
    const names = readdirSync(folder).filter((name) => FILE.test(name));
    const records = names.flatMap((name) => {
      try {
        return [readKeyRecord(JSON.parse(readFileSync(join(folder, name), "utf8")))];
      } catch (error) {
        refused(name, error);
        return [];
      }
    });
    this.files = names.length;
    this.byId = new Map(records.map((record) => [record.id, record]));
    this.byHash = new Map(records.map((record) => [record.hash, record]));
    this.version++;
  }
}
