/** brigand serve: one server process. */
import type { Command } from "commander";
import { managedRedisUrl } from "../../adapters/redis/managed.ts";
import type { Config } from "../../config.ts";
import { BrigandError } from "../../core/errors.ts";
import { runUntilStopped } from "../runUntilStopped.ts";
import { configFrom, withServerSettings } from "../settings.ts";

export function register(program: Command): void {
  const command = program
    .command("serve")
    .description("Run one server process: ranking, rewards, feedback, the API's pages at /docs")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand serve                        on http://127.0.0.1:8080, log in ./data
  $ PORT=9000 brigand serve              a second one on the same DATA_DIR

It ranks without Redis and without workers; "brigand start" runs all three.`,
    );
  withServerSettings(command).action(async (options: { readonly [name: string]: unknown }) => {
    const given = configFrom(options);
    const config = { ...given, redisUrl: given.redisUrl ?? managedRedisUrl(given.dataDir) };
    await runUntilStopped("serve", () => listening(config));
  });
}

async function listening(config: Config): Promise<{ close(): Promise<void> }> {
  const { serve } = await import("../../server/main.ts");
  try {
    return await serve(config);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    throw new BrigandError("CB_PORT_BUSY", { host: config.host, port: config.port, problem: "EADDRINUSE" });
  }
}
