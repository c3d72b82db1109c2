/** brigand replay: what a policy remembers, made again from its log: compared with what is kept, or kept instead. */
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { Rebuilt } from "../../../workers/replay/rebuild.ts";
import type { ReplayPlace } from "../../../workers/replay/replayState.ts";
import type { Comparison, Verified } from "../../../workers/replay/verify.ts";
import type { Config } from "../../config.ts";
import { BrigandError } from "../../core/errors.ts";
import { printJson, printLine } from "../output.ts";
import { startProgress } from "../progress.ts";
import { configFrom, withSettings } from "../settings.ts";

interface Options {
  readonly policy?: string;
  readonly verify?: boolean;
  readonly json?: boolean;
}

const DIGITS = 16;

export function register(program: Command): void {
  withSettings(
    program
      .command("replay")
      .description("Run the recorded log again from its beginning: rebuild snapshot and learner, or --verify them")
      .addOption(new Option("--policy <name>", "this policy alone; default all"))
      .addOption(new Option("--verify", "write nothing; compare with what is kept, bit for bit"))
      .addOption(new Option("--json", "one JSON object a policy")),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ brigand replay --verify              beside a running product: is everything equal?
  $ brigand replay --verify --json --policy movies
  $ brigand replay                       with the workers stopped: snapshots and learners anew from the log

Every operation of the joined log is compared with the one that the raw log gives again. Exit code 1 where anything
differs; the first difference is named.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const config = configFrom({ ...options });
  const places = await placesOf(config, options.policy);
  let different = 0;
  for (const place of places) {
    const progress = startProgress({ title: `replaying ${place.policy}`, total: 100, unit: "%", json: options.json });
    const onProgress = (share: number) => progress.update(100 * share);
    if (options.verify === true) {
      const { verifyPolicy } = await import("../../../workers/replay/verify.ts");
      const verified = await verifyPolicy(place, onProgress);
      progress.end();
      tellVerified(verified, options);
      if (!verified.equal) different++;
    } else {
      const { rebuildPolicy } = await import("../../../workers/replay/rebuild.ts");
      const rebuilt = await rebuildPolicy(place, onProgress);
      progress.end();
      tellRebuilt(rebuilt, options);
    }
    await place.transport.close();
  }
  if (different > 0) process.exitCode = 1;
}

/** @throws CB_POLICY_UNKNOWN */
async function placesOf(config: Config, wanted: string | undefined): Promise<ReplayPlace[]> {
  const [{ layoutOf }, { openFsTransport }, { openPolicyStore }, { namesIn }, { readSettings }, { withDefaults }] =
    await Promise.all([
      import("../../adapters/fs/layout.ts"),
      import("../../adapters/fs/fsTransport.ts"),
      import("../../adapters/fs/policyStore.ts"),
      import("../../adapters/fs/segments.ts"),
      import("../../server/settings.ts"),
      import("../../core/settings/policy.ts"),
    ]);
  const layout = layoutOf(config.dataDir, config.workspace);
  const known = namesIn(join(layout.root, "joined")).toSorted();
  if (wanted !== undefined && !known.includes(wanted))
    throw new BrigandError("CB_POLICY_UNKNOWN", { came: wanted, known: known.join(", ") });
  const store = openPolicyStore({ folder: layout.policies, check: readSettings, refused: () => undefined });
  const places = (wanted === undefined ? known : [wanted]).map((policy) => ({
    policy,
    layout,
    transport: openFsTransport({ layout }),
    bounds: config,
    settings: withDefaults(store.get(policy) ?? {}),
  }));
  store.close();
  return places;
}

function tellVerified(verified: Verified, { json }: Options): void {
  if (json === true) return printJson(verified);
  const { policy, rounds, operations, position, rows, state, learner } = verified;
  printLine(
    `${policy}: ${rounds} rounds and ${operations} operations up to ${position} come out as they were recorded.`,
  );
  printLine(`  state    ${told(state, "newest snapshot")}`);
  printLine(`  learner  ${told(learner, "checkpoint")}, ${rows} rows`);
}

function told({ equal, fromBeginning, keptAt, difference }: Comparison, name: string): string {
  if (keptAt === undefined) return `${fromBeginning.slice(0, DIGITS)}; nothing was kept to compare with`;
  const place = `from the ${name} at ${keptAt}`;
  return equal
    ? `equal: ${fromBeginning.slice(0, DIGITS)} from the beginning and ${place}`
    : `DIFFERENT ${place}: ${difference}`;
}

function tellRebuilt(rebuilt: Rebuilt, { json }: Options): void {
  if (json === true) return printJson(rebuilt);
  const { policy, rounds, operations, position, rows, digest } = rebuilt;
  printLine(
    `${policy}: snapshot ${digest.slice(0, DIGITS)} and learner of ${rows} rows written at ${position}, from ${rounds} rounds and ${operations} operations.`,
  );
}
