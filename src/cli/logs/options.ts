/** Options of `brigand logs` → what a listing keeps. Wrong values are wrong usage (exit code 2). */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { loadKeys } from "../../adapters/crypto/keys.ts";
import { type SubjectKind, subjectOf } from "../../adapters/crypto/subject.ts";
import { layoutOf } from "../../adapters/fs/layout.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import type { Config } from "../../config.ts";
import type { Subject } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { type LogCursor, readCursor } from "../../core/logs/cursor.ts";
import {
  formats,
  type LogFormat,
  type LogQuery,
  readTime,
  readWhole,
  servedBy,
  TIMES,
  yesOrNo,
} from "../../core/logs/query.ts";

export interface LogsOptions {
  readonly policy?: string;
  readonly from?: number;
  readonly since?: number;
  readonly to?: number;
  readonly until?: number;
  readonly subject?: string;
  readonly user?: string;
  readonly session?: string;
  readonly variant?: string;
  readonly version?: number;
  readonly served?: (typeof servedBy)[number];
  readonly explored?: "true" | "false";
  readonly decision?: string;
  readonly limit?: number;
  readonly cursor?: LogCursor;
  readonly format: LogFormat;
  readonly full?: boolean;
  readonly output?: string;
  readonly [name: string]: unknown;
}

/** Adds the filters and the form. */
export function withFilters(command: Command): Command {
  const option = (flags: string, about: string) => new Option(flags, about);
  return command
    .option("--policy <name>", "only this policy; without it one after another")
    .addOption(option("--from <time>", `decisions from then on: ${TIMES}`).argParser(time))
    .addOption(option("--to <time>", "decisions before then, written likewise").argParser(time))
    .addOption(option("--since <time>", "the same as --from").argParser(time))
    .addOption(option("--until <time>", "the same as --to").argParser(time))
    .option("--subject <pseudonym>", "of this user or session, by the pseudonym that stands in the lines")
    .option("--user <id>", "of this user, by the id that the application knows; made a pseudonym here")
    .option("--session <id>", "of this session, likewise")
    .option("--variant <name>", "decided by this variant")
    .addOption(option("--version <number>", "scored by this version of the model; 0: the seed model").argParser(whole))
    .addOption(option("--served <who>", "answered so").choices(servedBy))
    .addOption(option("--explored <which>", "whether the list is not the one of the highest scores").choices(yesOrNo))
    .option("--decision <id>", "this decision")
    .addOption(option("--limit <number>", "at most so many decisions").argParser(whole))
    .addOption(option("--cursor <text>", "goes on after the row that this cursor came with").argParser(cursor))
    .addOption(option("--format <name>", "how to write them").choices(formats).default("jsonl"))
    .option("--full", "JSON lines with scores, uncertainties and features")
    .option("--output <file>", "write there; - or nothing: standard output");
}

/** @throws CB_USAGE_INVALID */
export function queryOf(options: LogsOptions, given: { config: Config; policies: readonly string[] }): LogQuery {
  const { from, since, to, until, variant, version, served, explored, decision, limit, cursor: after } = options;
  return {
    policies: given.policies,
    from: from ?? since,
    to: to ?? until,
    subject: subjectNamed(options, given.config),
    variant,
    version,
    served,
    explored: explored === undefined ? undefined : explored === "true",
    decision,
    limit,
    cursor: after,
  };
}

function subjectNamed({ subject, user, session }: LogsOptions, config: Config): Subject | undefined {
  const named = [subject, user, session].filter((id) => id !== undefined);
  if (named.length > 1)
    throw new BrigandError("CB_USAGE_INVALID", { problem: "--subject, --user, --session: one only" });
  if (user !== undefined) return pseudonym(config, "user", user);
  return session === undefined ? subject : pseudonym(config, "session", session);
}

/** Reads the key and makes none: without it there are no lines to find. */
function pseudonym(config: Config, kind: SubjectKind, id: string): Subject {
  const { secret } = layoutOf(config.dataDir, config.workspace);
  if (config.subjectKey === undefined && !existsSync(join(secret, "subject.key"))) {
    const problem = `--${kind} needs the key of the pseudonyms: neither SUBJECT_KEY nor ${secret}/subject.key is there`;
    throw new BrigandError("CB_USAGE_INVALID", { problem });
  }
  const { subjectKey: key, subjectKeyVersion: keyVersion } = loadKeys(config.dataDir, config);
  return subjectOf({ key, keyVersion }, kind, id);
}

const time = reader((text) => readTime(text, { path: "The time", now: systemClock.now() }));
const whole = reader((text) => readWhole(text, "The number"));
const cursor = reader(readCursor);

function reader<Value>(read: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}
