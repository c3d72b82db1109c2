/**
 * What owners wrote, one JSON file a policy:
 *
 *   DATA_DIR/policies/<name>.json
 *
 * Files are replaced whole (temporary name, fsync, rename), so a change moves the folder's modification time and
 * other processes on the machine see it within a poll.
 */
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { PolicySettings } from "../../core/settings/policy.ts";
import type { PolicyStore } from "../../ports/policies.ts";

const POLL_MS = 1000;
const FILE = /^([a-z0-9][a-z0-9_-]{0,63})\.json$/;

type Given = Partial<PolicySettings>;

/**
 * Opens the store; reads every policy at once (a thousand files of 1 KB take about 30 ms).
 * @param check turns a file's content into settings or throws; a file it refuses is left out and told to `refused`.
 */
export function openPolicyStore(options: {
  /** DATA_DIR/policies. */
  readonly folder: string;
  readonly check: (given: unknown) => Given;
  readonly refused: (name: string, error: unknown) => void;
  /** Policies that are being removed; asked with every look. */
  readonly removing?: () => readonly string[];
}): PolicyStore {
  return new FilePolicyStore(options);
}

class FilePolicyStore implements PolicyStore {
  version = 0;
  private readonly directory: string;
  private readonly options: Parameters<typeof openPolicyStore>[0];
  private policies = new Map<string, Given>();
  private readonly timer: NodeJS.Timeout;
  private seen = -1;
  private going: ReadonlySet<string> = new Set();
  private writing: Promise<void> = Promise.resolve();
  private pending = 0;

  constructor(options: Parameters<typeof openPolicyStore>[0]) {
    this.options = options;
    this.directory = options.folder;
    mkdirSync(this.directory, { recursive: true });
    this.refresh();
    this.timer = setInterval(() => this.refresh(), POLL_MS);
    this.timer.unref();
  }

  list(): readonly string[] {
    return [...this.policies.keys()].sort();
  }

  get(name: string): Given | undefined {
    return this.policies.get(name);
  }

  async put(name: string, given: Given): Promise<void> {
    this.policies.set(name, given);
    this.version++;
    this.pending++;
    const written = this.writing.then(() => this.write(name, given));
    this.writing = written.catch(() => {}).finally(() => this.pending--);
    await written;
  }

  removing(name: string): boolean {
    return this.going.has(name);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async write(name: string, given: Given): Promise<void> {
    const path = join(this.directory, `${name}.json`);
    const draft = `${path}.${process.pid}.part`;
    const file = await open(draft, "w", 0o644);
    try {
      await file.writeFile(`${JSON.stringify(given, undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    const directory = await open(this.directory, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  /** Reads all files again when the folder changed since the last look and no change of our own is under way. */
  private refresh(): void {
    if (this.pending > 0) return;
    // A removal is requested before its settings go: whoever misses them must know of it.
    this.going = new Set(this.options.removing?.() ?? []);
    const { mtimeMs } = statSync(this.directory);
    if (mtimeMs === this.seen) return;
    this.seen = mtimeMs;
    const policies = new Map<string, Given>();
    for (const file of readdirSync(this.directory)) {
      const name = FILE.exec(file)?.[1];
      if (name === undefined) continue;
      try {
        policies.set(name, this.options.check(JSON.parse(readFileSync(join(this.directory, file), "utf8"))));
      } catch (error) {
        this.options.refused(name, error);
      }
    }
    if (JSON.stringify([...policies]) !== JSON.stringify([...this.policies])) this.version++;
    this.policies = policies;
  }
}
