#!/usr/bin/env node
/** The command line: one file a command below commands/, listed here. */
import { Command, CommanderError } from "commander";
import { environment } from "../config.ts";
import { BrigandError } from "../core/errors.ts";
import * as demo from "./commands/demo.ts";
import * as doctor from "./commands/doctor.ts";
import * as evaluate from "./commands/evaluate.ts";
import * as experiments from "./commands/experiments.ts";
import * as importEvents from "./commands/import.ts";
import * as keys from "./commands/keys.ts";
import * as logs from "./commands/logs.ts";
import * as models from "./commands/models.ts";
import * as replay from "./commands/replay.ts";
import * as serve from "./commands/serve.ts";
import * as settings from "./commands/settings.ts";
import * as simulate from "./commands/simulate.ts";
import * as start from "./commands/start.ts";
import * as train from "./commands/train.ts";
import * as work from "./commands/work.ts";
import { printError } from "./output.ts";

/** A new command is one import above and one name here. Heavy libraries are imported inside its action. */
const commands: readonly { register(program: Command): void }[] = [
  start,
  serve,
  work,
  evaluate,
  importEvents,
  replay,
  train,
  models,
  experiments,
  logs,
  keys,
  simulate,
  demo,
  doctor,
  settings,
];

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const usageCodes: readonly string[] = ["CB_USAGE_INVALID", "CB_CONFIG_INVALID"];

export function createProgram(): Command {
  const program = new Command("brigand")
    .description("Contextual-bandit ranking: rank, reward, learn, export, load hot.")
    .showHelpAfterError(false)
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  $ brigand start                        everything in one terminal: Redis, server, workers
  $ brigand start --port 9000 --data-dir /srv/brigand
  $ brigand doctor                       what this machine has and lacks
  $ brigand <command> --help             a command's options and examples

Exit codes: 0 done, 1 failed, 2 wrong usage.`,
    );
  for (const command of commands) command.register(program);
  return program;
}

/** Runs a command line and gives its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return usage(error);
    printError(error, environment().LOG_LEVEL === "debug");
    return error instanceof BrigandError && usageCodes.includes(error.code) ? EXIT_USAGE : EXIT_FAILED;
  }
}

/** Commander throws for --help and --version too; without any command it has printed the help. */
function usage(error: CommanderError): number {
  if (error.exitCode === 0) return 0;
  if (error.code !== "commander.help") {
    const problem = error.message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
    printError(new BrigandError("CB_USAGE_INVALID", { problem }), false);
  }
  return EXIT_USAGE;
}

// The reader of our output may leave early (brigand settings | head); nobody is left to tell.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
const code = await main(process.argv.slice(2));
// A failed command may leave connections open that would keep the process alive.
if (code === 0) process.exitCode = 0;
else process.exit(code);
