/** brigand models: the published versions; what is asked of a running server lies in `cli/models/manage.ts`. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { layoutOf } from "../../adapters/fs/layout.ts";
import { type ModelStore, modelStore } from "../../adapters/fs/modelStore.ts";
import { BrigandError } from "../../core/errors.ts";
import { MANIFEST_FILE } from "../../core/model/manifest.ts";
import { evidenceOf, toldVariant, type Variant } from "../models/evidence.ts";
import { registerManagement } from "../models/manage.ts";
import { printJson, printNote, printTable } from "../output.ts";
import { chosenPolicies } from "../policies.ts";
import { configFrom, withSettings } from "../settings.ts";

interface Options {
  readonly policy?: string;
  readonly json?: boolean;
  readonly [name: string]: unknown;
}

interface Row {
  readonly policy: string;
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly rows: number;
  readonly logPosition: number;
  readonly columns: number;
  /** Of all files of the version. */
  readonly bytes: number;
  /** The learner's variant that the version holds; null where its manifest does not say. */
  readonly best: Variant | null;
}

export function register(program: Command): void {
  const models = program.command("models").description("Push, look at, label and roll back models");
  const list = models
    .command("list")
    .description("List the versions of every policy: created, rows learned, log position, columns, size, best variant")
    .option("--policy <name>", "only this policy")
    .option("--json", "one JSON object a version")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand models list
  $ brigand models list --policy home --json

Versions lie in DATA_DIR/models/<policy>/<version>. A policy without versions is served by the seed model, version 0.`,
    );
  withSettings(list).action(listVersions);
  const verify = models
    .command("verify")
    .description("Check every published version as a server would, signatures included")
    .option("--policy <name>", "only this policy")
    .option("--json", "one JSON object a version");
  withSettings(verify).action(async (options: Options) => {
    await (await import("../models/verify.ts")).verifyModels(options);
  });
  registerManagement(models);
}

async function listVersions(options: Options): Promise<void> {
  const config = configFrom(options);
  const layout = layoutOf(config.dataDir, config.workspace);
  const folder = join(layout.root, "models");
  const store = modelStore({ folder });
  const rows: Row[] = [];
  for (const policy of chosenPolicies([folder, layout.wal], options.policy)) {
    for (const line of await linesOf(store, policy)) {
      for (const version of await store.versions(line)) {
        const row = await rowOf(store, { folder, policy: line, version });
        if (row !== undefined) rows.push(row);
      }
    }
  }
  if (options.json === true) {
    for (const row of rows) printJson(row);
    return;
  }
  if (rows.length === 0) printNote(`No version is published in ${folder} yet.`);
  else
    printTable([
      ["policy", "version", "created", "rows", "log position", "columns", "size", "best variant"],
      ...rows.map(cells),
    ]);
}

/** The policy's own line of versions and those of variants that learn on their own. */
async function linesOf(store: ModelStore, policy: string): Promise<readonly string[]> {
  return (await store.policies()).filter((line) => line === policy || line.startsWith(`${policy}.`));
}

/** Undefined, and a note, for a version that went meanwhile or is damaged. */
async function rowOf(
  store: ModelStore,
  place: { folder: string; policy: string; version: number },
): Promise<Row | undefined> {
  const { folder, policy, version } = place;
  try {
    const { created, rows, logPosition, columns, files, learner } = await store.manifest(policy, version);
    let bytes = 0;
    for (const name of [MANIFEST_FILE, ...Object.keys(files)])
      bytes += (await stat(join(folder, policy, String(version), name))).size;
    const { best, variants } = evidenceOf(learner);
    return {
      policy,
      version,
      created,
      rows,
      logPosition,
      columns: columns.length,
      bytes,
      best: variants[best ?? -1] ?? null,
    };
  } catch (error) {
    printNote(
      `${policy}/${version} left out: ${error instanceof BrigandError ? `${error.code}: ${error.message}` : String(error)}`,
    );
    return undefined;
  }
}

function cells({ policy, version, created, rows, logPosition, columns, bytes, best }: Row): string[] {
  const size = `${(bytes / 1024).toFixed(1)} KiB`;
  return [policy, version, created, rows, logPosition, columns, size, best === null ? "" : toldVariant(best)].map(
    String,
  );
}
