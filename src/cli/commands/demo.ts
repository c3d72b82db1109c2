/** brigand demo: the simulated users of a first start, and their removal with everything they left. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { readDemoMarker, removeDemo } from "../../adapters/fs/demoMarker.ts";
import { layoutOf } from "../../adapters/fs/layout.ts";
import { isRemoving } from "../../adapters/fs/removals.ts";
import { managedRedisUrl } from "../../adapters/redis/managed.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import type { Config } from "../../config.ts";
import type { KeyTerms } from "../../core/access/keyRecord.ts";
import { BrigandError } from "../../core/errors.ts";
import { DEMO_MS, DEMO_POLICY } from "../../core/simulator/demo.ts";
import type { AccessPorts } from "../../ports/access.ts";
import { Keyring } from "../../server/access/keyring.ts";
import { audited } from "../access/audited.ts";
import { openClient } from "../demo/client.ts";
import { runTraffic } from "../demo/traffic.ts";
import { printLine } from "../output.ts";
import { configFrom, withServerSettings, withSettings } from "../settings.ts";
import { localHost } from "../supervise/ready.ts";

export function register(program: Command): void {
  const command = program.command("demo").description("The simulated policy of a first start");
  const run = command
    .command("run", { hidden: true })
    .description('Send the demo\'s traffic to the server; "brigand start" runs this');
  withServerSettings(run).action(async (options: { readonly [name: string]: unknown }) => {
    await send(configFrom(options));
  });
  const remove = command
    .command("remove")
    .description("Remove the demo with everything it left; what runs goes on running")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand demo remove                  whether Brigand runs on the data folder or not
  $ brigand demo remove --data-dir /srv/brigand`,
    );
  withSettings(remove).action(async (options: { readonly [name: string]: unknown }) => {
    await removeAll(configFrom(options));
  });
}

/** A worker of a running Brigand does it; where none takes it up, this process. */
async function removeAll(config: Config): Promise<void> {
  const layout = layoutOf(config.dataDir, config.workspace);
  const marker = readDemoMarker(layout);
  if (marker === undefined && !isRemoving(layout, DEMO_POLICY)) return printLine("There is no demo here.");
  if (marker?.state === "removed" && !isRemoving(layout, DEMO_POLICY)) return printLine("The demo was removed before.");
  await audited(config, { act: "demo remove", target: DEMO_POLICY }, () => removeDemo(layout));
  const [{ removePolicy }, { openTransport }] = await Promise.all([
    import("../../../workers/remove/removePolicy.ts"),
    import("../../adapters/transport.ts"),
  ]);
  const chosen = openTransport({ ...config, redisUrl: config.redisUrl ?? managedRedisUrl(config.dataDir) }, layout);
  await sleep(WORKER_MS);
  const deadline = systemClock.elapsed() + PATIENCE_MS;
  try {
    while (isRemoving(layout, DEMO_POLICY)) {
      const { transport } = chosen;
      const done = await removePolicy({ layout, transport, policy: DEMO_POLICY, waitMs: PATIENCE_MS });
      if (!done && systemClock.elapsed() > deadline)
        throw new BrigandError("CB_REMOVAL_BLOCKED", { policy: DEMO_POLICY, by: "another process" });
      if (!done) await sleep(LOOK_MS);
    }
  } finally {
    await chosen.close();
  }
  printLine("The demo is gone, with everything it left.");
}

/** A worker that runs takes a request up within this time. */
const WORKER_MS = 2_000;
const LOOK_MS = 200;
const PATIENCE_MS = 60_000;

/** For an installation that has keys: it reaches the demo alone and ends with it. */
async function demoKey(config: Config): Promise<string> {
  const terms: KeyTerms = { name: "demo", roles: ["app", "ml"], policies: [DEMO_POLICY] };
  const now = () => systemClock.now();
  const make = (access: AccessPorts) =>
    new Keyring({ access, keysMax: config.keysMax, now }).create({ ...terms, expiresAt: now() + DEMO_MS });
  return (await audited(config, { act: "keys create", target: "demo: app, ml" }, make)).key;
}

/** Ends with the supervisor, on a signal, when the demo is removed, and when its hour is over. */
async function send(config: Config): Promise<void> {
  const layout = layoutOf(config.dataDir, config.workspace);
  const client = openClient({ host: localHost(config.host), port: config.port, newKey: () => demoKey(config) });
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
