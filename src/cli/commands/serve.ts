/** brigand serve: one server process, or several that share the port. */
import type { Command } from "commander";
import { MetricsGatherer } from "../../adapters/metrics/family.ts";
import { managedRedisUrl } from "../../adapters/redis/managed.ts";
import { fork, isForked } from "../../adapters/system/forks.ts";
import { createLog } from "../../adapters/system/log.ts";
import { tryPort } from "../../adapters/system/port.ts";
import type { Config } from "../../config.ts";
import { BrigandError } from "../../core/errors.ts";
import { checkListening } from "../access/audited.ts";
import { runUntilStopped } from "../runUntilStopped.ts";
import { configFrom, withServerSettings } from "../settings.ts";
import { type ProcessRow, supervise } from "../supervise/supervisor.ts";

export function register(program: Command): void {
  const command = program
    .command("serve")
    .description("Run the server: ranking, rewards, feedback, the API's pages at /docs")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand serve                        on http://127.0.0.1:8080, log in ./data
  $ brigand serve --processes 4          four processes that share the port, one a core
  $ PORT=9000 brigand serve              another one on the same DATA_DIR

It ranks without Redis and without workers; "brigand start" runs all three.`,
    );
  withServerSettings(command).action(async (options: { readonly [name: string]: unknown }) => {
    const given = configFrom(options);
    const config = { ...given, redisUrl: given.redisUrl ?? managedRedisUrl(given.dataDir) };
    const open = config.processes > 1 && !isForked() ? () => forkedServers(config) : () => listening(config);
    await runUntilStopped("serve", open, { drainMs: config.drainMs });
  });
}

/** A parent that serves nothing itself. @throws CB_LISTEN_OPEN, CB_PORT_BUSY here, not in children that fail again and again */
async function forkedServers(config: Config): Promise<{ close(): Promise<void> }> {
  checkListening(config);
  await tryPort(config).catch((error: unknown) => {
    throw portBusy(config, error);
  });
  const log = createLog(config.logLevel);
  const gatherer = new MetricsGatherer();
  const rows = Array.from({ length: config.processes }, (_, i): ProcessRow => {
    const name = `server ${i + 1}`;
    const start = async () => {
      const forked = fork();
      gatherer.add(String(i + 1), forked.channel);
      forked.exited.then(() => gatherer.remove(String(i + 1)));
      return forked;
    };
    return { name, stage: 0, start };
  });
  const stopTimeoutMs = STOP_TIMEOUT_MS + config.drainMs;
  const supervisor = supervise(rows, { tell: (line) => log.warn(line), stopTimeoutMs });
  return { close: () => supervisor.stop() };
}

/** Less than this process' own patience. */
const STOP_TIMEOUT_MS = 4200;

async function listening(config: Config): Promise<{ close(): Promise<void> }> {
  const { serve } = await import("../../server/main.ts");
  try {
    return await serve(config);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    throw portBusy(config, "EADDRINUSE");
  }
}

function portBusy({ host, port }: Config, error: unknown): BrigandError {
  const problem = error instanceof Error ? error.message : String(error);
  return new BrigandError("CB_PORT_BUSY", { host, port, problem });
}
