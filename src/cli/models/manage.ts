/** brigand models push, label, promote, rollback, inspect: asked of a running server, so that all processes follow. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { newSigningKeys } from "../../adapters/crypto/modelSigning.ts";
import { BrigandError } from "../../core/errors.ts";
import { printJson, printLine, printNote } from "../output.ts";
import { configFrom, withServerSettings } from "../settings.ts";
import { packFolder } from "./bundleFolder.ts";
import { isEvidence, promotionsIn, toldEvidence, toldPromotion } from "./promotions.ts";
import { callServer, type Json, type Server } from "./remote.ts";

/** For whoever knows better than the log. */
const FORCE = ["--force", "though the gate refuses; the labels and the audit log keep it"] as const;

interface Options {
  readonly force?: boolean;
  readonly url?: string;
  readonly apiKey?: string;
  readonly key?: string;
  readonly label?: string;
  readonly share?: string;
  readonly json?: boolean;
  readonly [name: string]: unknown;
}

export function registerManagement(models: Command): void {
  remote(models.command("push"), "Push a folder with model.onnx: checked, published, labelled")
    .argument("<policy>")
    .argument("<folder>", "model.onnx, and if you like manifest.json and golden.json")
    .addOption(
      new Option("--label <name>", "what it becomes").choices(["stable", "canary", "shadow", "none"]).default("stable"),
    )
    .option("--share <share>", "share of the subjects of a canary", "0.05")
    .option("--key <file>", "sign with this private key (PEM, Ed25519)")
    .option(...FORCE)
    .action(push);
  remote(models.command("label"), "Say which version serves whom; null takes a label away")
    .argument("<policy>")
    .argument("<label>", "stable, canary or shadow")
    .argument("<version>", "a version, or null")
    .option("--share <share>", "share of the subjects of a canary", "0.05")
    .option(...FORCE)
    .action(label);
  remote(models.command("promote"), "Serve a version to everybody until its label goes")
    .argument("<policy>")
    .argument("<version>")
    .option(...FORCE)
    .action((policy: string, version: string, options: Options) => label(policy, "stable", version, options));
  remote(models.command("rollback"), "Serve what served before; a canary ends")
    .argument("<policy>")
    .action(async (policy: string, options: Options) => {
      tell(await callServer(serverOf(options), `/v1/models/${policy}/rollback`, { method: "POST" }), options);
    });
  remote(models.command("inspect"), "Print the manifest of a version, and what the gate saw of it")
    .argument("<policy>")
    .argument("<version>")
    .action(async (policy: string, version: string, options: Options) => {
      const inspected = await callServer(serverOf(options), `/v1/models/${policy}/versions/${version}`);
      printLine(JSON.stringify(inspected, null, 2));
      for (const promotion of promotionsIn(inspected)) printNote(toldPromotion(promotion));
    });
  models
    .command("keygen")
    .description("Make a pair of keys for signing models: <name>.private.pem and <name>.pem")
    .argument("<name>")
    .option("--folder <folder>", "where to write them", ".")
    .action(keygen);
}

function remote(command: Command, description: string): Command {
  command.description(description);
  command.option("--url <url>", "the server; default http://HOST:PORT of the settings");
  command.option("--api-key <key>", "where the server asks for one").option("--json", "the answer as JSON");
  return withServerSettings(command);
}

async function push(policy: string, folder: string, options: Options): Promise<void> {
  const server = serverOf(options);
  const columns = options.key === undefined ? [] : await columnsOf(server, policy);
  const body = await packFolder(folder, { policy, key: options.key, columns });
  const query = new URLSearchParams({ label: options.label ?? "stable", share: options.share ?? "0.05" });
  if (options.force === true) query.set("force", "true");
  const path = `/v1/models/${policy}/versions?${query}`;
  const answer = await callServer(server, path, { method: "POST", type: "application/x-tar", body });
  if (options.json === true) printJson(answer);
  else
    printLine(
      `${policy} version ${answer.version}: ${answer.label}, ${answer.columns} columns, ${answer.callMs} ms a call`,
    );
}

async function columnsOf(server: Server, policy: string): Promise<readonly string[]> {
  const { columns } = await callServer(server, `/v1/models/${policy}/columns`);
  return Array.isArray(columns) ? columns.map(String) : [];
}

async function label(policy: string, name: string, version: string, options: Options): Promise<void> {
  if (!["stable", "canary", "shadow"].includes(name))
    throw new BrigandError("CB_USAGE_INVALID", { problem: `a label is stable, canary or shadow; "${name}" came` });
  const number = version === "null" ? null : Number(version);
  const value = name === "canary" && number !== null ? { version: number, share: Number(options.share) } : number;
  const body = new TextEncoder().encode(JSON.stringify({ [name]: value }));
  const request = { method: "POST", type: "application/json", body };
  const force = options.force === true ? "?force=true" : "";
  tell(await callServer(serverOf(options), `/v1/models/${policy}/labels${force}`, request), options);
}

function tell(labels: Json, { json }: Options): void {
  if (json === true) printJson(labels);
  else {
    const { stable = "the newest version", canary, shadow, reason, evidence } = labels;
    const more = [canary && `canary ${JSON.stringify(canary)}`, shadow !== undefined && `shadow ${shadow}`].filter(
      Boolean,
    );
    printLine([`stable: ${stable}`, ...more, `(${reason})`].join(", "));
    if (isEvidence(evidence)) printLine(toldEvidence(evidence));
  }
}

function serverOf(options: Options): Server {
  const { host, port } = configFrom(options);
  return { url: options.url ?? `http://${host}:${port}`, apiKey: options.apiKey };
}

async function keygen(name: string, { folder }: { readonly folder: string }): Promise<void> {
  const { privatePem, publicPem } = newSigningKeys();
  await writeFile(join(folder, `${name}.private.pem`), privatePem, { mode: 0o600, flag: "wx" });
  await writeFile(join(folder, `${name}.pem`), publicPem, { flag: "wx" });
  printLine(`${name}.private.pem signs: keep it away from servers. Copy ${name}.pem to DATA_DIR/secret/model-keys.`);
}
