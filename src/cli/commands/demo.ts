/** brigand demo: the simulated users of a first start, and their removal with everything they left. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { readDemoMarker } from "../../adapters/fs/demoMarker.ts";
import { layoutOf } from "../../adapters/fs/layout.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import type { Config } from "../../config.ts";
import { openClient } from "../demo/client.ts";
import { runTraffic } from "../demo/traffic.ts";
import { configFrom, withServerSettings } from "../settings.ts";
import { localHost } from "../supervise/ready.ts";

export function register(program: Command): void {
  const command = program.command("demo").description("The simulated policy of a first start");
  const run = command
    .command("run", { hidden: true })
    .description('Send the demo\'s traffic to the server; "brigand start" runs this');
  withServerSettings(run).action(async (options: { readonly [name: string]: unknown }) => {
    await send(configFrom(options));
  });
}

/** Ends with the supervisor, on a signal, when the demo is removed, and when its hour is over. */
async function send(config: Config): Promise<void> {
  const layout = layoutOf(config.dataDir, config.workspace);
  const client = openClient({ host: localHost(config.host), port: config.port });
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => (stopping = true));
  process.once("disconnect", () => (stopping = true));
  const marker = readDemoMarker(layout);
  const wanted = () => !stopping && readDemoMarker(layout)?.state === "running";
  const pause = (ms: number) => sleep(ms);
  if (marker !== undefined) {
    await runTraffic({ client, now: () => systemClock.now(), since: marker.since, wanted, pause });
  }
  client.close();
  process.exit(0);
}
