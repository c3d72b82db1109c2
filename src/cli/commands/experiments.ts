/** brigand experiments: what the variants of policies have earned. */
import { join } from "node:path";
import type { Command } from "commander";
import { readExperiment } from "../../adapters/fs/experiments.ts";
import { layoutOf } from "../../adapters/fs/layout.ts";
import { variantTable } from "../../core/variants/table.ts";
import { printExperiment } from "../experiments/told.ts";
import { printJson, printNote } from "../output.ts";
import { chosenPolicies } from "../policies.ts";
import { configFrom, withSettings } from "../settings.ts";

interface Options {
  readonly policy?: string;
  readonly json?: boolean;
  readonly [name: string]: unknown;
}

export function register(program: Command): void {
  const command = program
    .command("experiments")
    .description("Compare the variants of policies: reward with interval, difference, sample ratio")
    .option("--policy <name>", "only this policy, also without variants")
    .option("--json", "one JSON object a policy, as GET /v1/policies/{name}/variants answers")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand experiments
  $ brigand experiments --policy home --json

Only closed decisions count (their reward window has ended) that the model served, since the variants last changed.
Intervals hold however often you look: 95 % for each mean, 95 % for all differences of a table together.`,
    );
  withSettings(command).action(compare);
}

async function compare(options: Options): Promise<void> {
  const config = configFrom(options);
  const layout = layoutOf(config.dataDir, config.workspace);
  let told = 0;
  for (const policy of chosenPolicies([layout.wal, join(layout.root, "joined")], options.policy)) {
    const experiment = await readExperiment(layout, policy, config);
    if (options.policy === undefined && experiment.period.variants.length === 0) continue;
    const table = variantTable(experiment);
    if (options.json === true) printJson({ policy, ...table });
    else printExperiment(policy, table);
    told++;
  }
  if (told === 0 && options.json !== true) printNote(`No policy in ${layout.root} has variants yet.`);
}
