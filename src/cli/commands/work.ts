/** brigand work: one worker process. */
import type { Command } from "commander";
import { managedRedisUrl } from "../../adapters/redis/managed.ts";
import { runUntilStopped } from "../runUntilStopped.ts";
import { configFrom, withSettings } from "../settings.ts";

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
    const { work } = await import("../../../workers/main.ts");
    await runUntilStopped("work", () => work(config));
  });
}
