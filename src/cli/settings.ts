/** Flags of the settings, the same for every command that takes a configuration. */
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { type Config, environment, type Flags, loadConfig, settingRows } from "../config.ts";
import { BrigandError } from "../core/errors.ts";

/** Settings with a flag of their own; the others go by --set. */
const everyday = ["port", "host", "processes", "dataDir", "redisUrl", "transport", "logLevel", "workspace"];
/** What a command needs that neither listens nor logs requests. */
const local = everyday.filter((name) => !["port", "host", "processes"].includes(name));

/** Adds the flags of all everyday settings and --set. */
export function withServerSettings(command: Command): Command {
  return withFlags(command, everyday);
}

/** Adds the flags of a command that works on DATA_DIR and Redis without listening. */
export function withSettings(command: Command): Command {
  return withFlags(command, local);
}

/**
 * The configuration from the environment and the options that commander read; other options are ignored. `dataDir`
 * comes back absolute. @throws CB_CONFIG_INVALID
 */
export function configFrom(options: { readonly [name: string]: unknown }): Config {
  const flags: { [name: string]: unknown } = {};
  for (const name of everyday) if (options[name] !== undefined) flags[name] = options[name];
  const config = loadConfig(environment(), { ...flags, ...assignments(options.set) });
  return { ...config, dataDir: resolve(config.dataDir) };
}

function withFlags(command: Command, names: readonly string[]): Command {
  for (const row of settingRows.filter(({ name }) => names.includes(name))) {
    const usual = row.default === undefined ? "" : `, default ${row.default}`;
    const flag = row.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    command.addOption(new Option(`--${flag} <value>`, `${row.description} (${row.variable}${usual})`));
  }
  const more = new Option("--set <name=value...>", 'Any setting or bound; "brigand settings" lists them');
  return command.addOption(more);
}

function assignments(given: unknown): Flags {
  const flags: { [name: string]: string } = {};
  for (const assignment of Array.isArray(given) ? given.map(String) : []) {
    const at = assignment.indexOf("=");
    if (at < 1) throw new BrigandError("CB_USAGE_INVALID", { problem: `--set takes name=value; "${assignment}" came` });
    flags[assignment.slice(0, at)] = assignment.slice(at + 1);
  }
  return flags;
}
