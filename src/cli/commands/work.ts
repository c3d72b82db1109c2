/** brigand work: one worker process. */
import type { Command } from "commander";
import { managedRedisUrl } from "../../adapters/redis/managed.ts";
import type { Config } from "../../config.ts";
import { runUntilStopped } from "../runUntilStopped.ts";
import { configFrom, withSettings } from "../settings.ts";

interface WorkersModule {
  work(config: Config): Promise<{ close(): Promise<void> }>;
}

export function register(program: Command): void {
  const command = program
    .command("work")
    .description("Run one worker process: join the log, retrain, publish models, export")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand work                         for the log in ./data, with the Redis of "brigand start"
  $ REDIS_URL=redis://127.0.0.1:6379 brigand work`,
    );
  withSettings(command).action(async (options: { readonly [name: string]: unknown }) => {
    const given = configFrom(options);
    const config = { ...given, redisUrl: given.redisUrl ?? managedRedisUrl(given.dataDir) };
    const path: string = "../../../workers/main.ts";
    const workers: WorkersModule = await import(path);
    await runUntilStopped("work", () => workers.work(config));
  });
}
