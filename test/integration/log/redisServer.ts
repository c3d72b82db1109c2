/** A Redis of the test's own on a unix socket in a temporary folder; it can be killed and started again. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";

export const hasRedis: boolean = spawnSync("redis-server", ["--version"]).status === 0;

export class RedisServer {
  readonly folder: string = mkdtempSync(join(tmpdir(), "brigand-redis-"));
  readonly socket: string = join(this.folder, "s");
  private process: ChildProcess | undefined;
  private readonly clients: Redis[] = [];

  async start(): Promise<void> {
    const settings = [
      "--port",
      "0",
      "--unixsocket",
      this.socket,
      "--dir",
      this.folder,
      "--appendonly",
      "yes",
      "--save",
      "",
    ];
    this.process = spawn("redis-server", settings, { stdio: "ignore" });
    const client = new Redis(this.socket, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    client.on("error", () => {});
    await client.ping();
    client.disconnect();
  }

  /** A connection that comes back by itself. */
  connect(): Redis {
    const client = new Redis(this.socket, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    client.on("error", () => {});
    this.clients.push(client);
    return client;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    if (process === undefined) return;
    process.kill("SIGKILL");
    await once(process, "exit");
  }

  async close(): Promise<void> {
    for (const client of this.clients.splice(0)) client.disconnect();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
