/** brigand keys: API keys made, listed, rotated and revoked, whether a server runs or not. */
import type { Command } from "commander";
import { systemClock } from "../../adapters/system/clock.ts";
import type { Config } from "../../config.ts";
import { type KeyTerms, type KeyTold, readTerms } from "../../core/access/keyRecord.ts";
import { ROLES } from "../../core/access/principal.ts";
import { BrigandError } from "../../core/errors.ts";
import type { AccessPorts } from "../../ports/access.ts";
import { Keyring, type ShownKey } from "../../server/access/keyring.ts";
import { accessOf, audited } from "../access/audited.ts";
import { durationMs } from "../access/duration.ts";
import { printJson, printLine, printNote, printTable } from "../output.ts";
import { configFrom, withSettings } from "../settings.ts";

interface Options {
  readonly name?: string;
  readonly role?: readonly string[];
  readonly policy?: readonly string[];
  readonly expires?: string;
  readonly rate?: string;
  readonly overlap?: string;
  readonly json?: boolean;
  readonly [name: string]: unknown;
}

export function register(program: Command): void {
  const keys = program.command("keys").description("API keys: who may do what (docs/access.md)");
  const create = keys
    .command("create")
    .description("Make a key and show it, this once; from the first one on, every request needs a key")
    .requiredOption("--name <text>", "who or what uses it")
    .requiredOption("--role <role...>", `some of ${ROLES.join(", ")}`)
    .option("--policy <name...>", "only these policies; without it all")
    .option("--expires <length>", "not valid after 90d, 12h, 30m; without it for ever")
    .option("--rate <n>", "requests a second in one server process; without it keyRequestsPerSecondMax")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand keys create --name me --role admin
  $ brigand keys create --name shop --role app --policy home --rate 500
  $ brigand keys create --name notebook --role analyst --expires 90d --json

A running server knows the key within a second.`,
    );
  withSettings(create.option("--json", JSON_HELP)).action(createKey);
  const list = keys.command("list").description("List all keys, without the keys themselves");
  withSettings(list.option("--json", "one JSON object a key")).action(listKeys);
  const rotate = keys
    .command("rotate")
    .description("Make a new key on the same terms; the old one goes on for a while")
    .argument("<id>", "the part of the key after bgd_")
    .option("--overlap <length>", "how long the old key goes on", "1d");
  withSettings(rotate.option("--json", JSON_HELP)).action(rotateKey);
  const revoke = keys.command("revoke").description("End a key, for good").argument("<id>", "the part after bgd_");
  withSettings(revoke.option("--json", "its record as one line of JSON")).action(revokeKey);
}

const JSON_HELP = "the key and its record as one line of JSON";

async function createKey(options: Options): Promise<void> {
  const config = configFrom(options);
  const terms = termsOf(options);
  const target = `${terms.name}: ${terms.roles.join(", ")}`;
  show(
    await audited(config, { act: "keys create", target }, (access) => ringOf(config, access).create(terms)),
    options,
  );
}

async function listKeys(options: Options): Promise<void> {
  const config = configFrom(options);
  const access = accessOf(config);
  const rows = ringOf(config, access).list();
  access.keys.close();
  if (options.json === true) for (const row of rows) printJson(row);
  else if (rows.length === 0)
    printNote("There is no key: whoever reaches this machine's own addresses may do everything.");
  else printTable([["id", "name", "roles", "policies", "state", "created", "expires"], ...rows.map(cells)]);
}

async function rotateKey(id: string, options: Options): Promise<void> {
  const config = configFrom(options);
  const overlapMs = durationMs(options.overlap ?? "1d", "--overlap");
  const target = `${id}, overlap ${overlapMs} ms`;
  show(
    await audited(config, { act: "keys rotate", target }, (access) => ringOf(config, access).rotate(id, overlapMs)),
    options,
  );
}

async function revokeKey(id: string, options: Options): Promise<void> {
  const config = configFrom(options);
  const act = { act: "keys revoke", target: id };
  const record = await audited(config, act, (access) => ringOf(config, access).revoke(id));
  if (options.json === true) printJson(record);
  else printLine(`${record.id} (${record.name}) is revoked; running servers refuse it within a second.`);
}

function ringOf({ keysMax }: Config, access: AccessPorts): Keyring {
  return new Keyring({ access, keysMax, now: () => systemClock.now() });
}

/** @throws CB_USAGE_INVALID */
function termsOf({ name, role = [], policy, expires, rate }: Options): KeyTerms {
  const split = (names: readonly string[]) => names.flatMap((text) => text.split(","));
  try {
    return readTerms({
      name,
      roles: split(role),
      ...(policy === undefined ? {} : { policies: split(policy) }),
      ...(expires === undefined ? {} : { expiresAt: systemClock.now() + durationMs(expires, "--expires") }),
      ...(rate === undefined ? {} : { requestsPerSecond: Number(rate) }),
    });
  } catch (error) {
    if (!(error instanceof BrigandError) || error.code === "CB_USAGE_INVALID") throw error;
    throw new BrigandError("CB_USAGE_INVALID", { problem: error.message });
  }
}

function show(made: ShownKey, { json }: Options): void {
  if (json === true) return printJson(made);
  printLine(made.key);
  printNote(`Keep it now: it is not shown again. Its id is ${made.id}.`);
}

function cells({ id, name, roles, policies, state, createdAt, expiresAt }: KeyTold): string[] {
  const day = (at: number | undefined) => (at === undefined ? "" : new Date(at).toISOString().slice(0, 16));
  const reach = policies === "all" ? "all" : policies.join(",");
  return [id, name, roles.join(","), reach, state, day(createdAt), day(expiresAt)];
}
