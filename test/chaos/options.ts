/** What a run of chaos does. */
import { parseArgs } from "node:util";
import { BrigandError } from "../../src/core/errors.ts";

export const KINDS = ["server", "worker", "trainer", "compactor", "redis"] as const;
export type Kind = (typeof KINDS)[number];

export interface ChaosOptions {
  /** The built command line, main.js. */
  readonly main: string;
  /** Kills of each kind. */
  readonly kills: { readonly [kind in Kind]: number };
  /** The load lasts at least so long, and until the last kill. */
  readonly seconds: number;
  /** Before the next kill of a kind, at most, once its process runs again. */
  readonly gapMs: number;
  readonly seed: string;
  /** Decisions a second. */
  readonly rate: number;
  readonly rewardWindowMs: number;
  /** Redis is away for so long in the middle of the load; 0: not at all. */
  readonly redisAwaySeconds: number;
  /** Told what happens. */
  readonly tell: (line: string) => void;
}

export interface CommandLine extends Omit<ChaosOptions, "main" | "tell"> {
  readonly json: boolean;
  /** Leave the data folder and name it. */
  readonly keep: boolean;
}

export const SETTLE_MS = 1_000;
export const POLICY = "chaos";

/** @throws CB_USAGE_INVALID */
export function readCommandLine(args: string[]): CommandLine {
  const { values } = parseArgs({
    args,
    options: {
      kills: { type: "string" },
      seconds: { type: "string", default: "30" },
      gap: { type: "string", default: "10000" },
      seed: { type: "string", default: "1" },
      rate: { type: "string", default: "60" },
      window: { type: "string", default: "30000" },
      "redis-away": { type: "string", default: "0" },
      json: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
    },
  });
  const redisAwaySeconds = number("redis-away", values["redis-away"]);
  const n = number("kills", values.kills ?? (redisAwaySeconds > 0 ? "0" : "20"));
  return {
    kills: { server: n, worker: n, trainer: n, compactor: Math.ceil(n / 4), redis: redisAwaySeconds > 0 ? 0 : n },
    seconds: number("seconds", values.seconds),
    gapMs: number("gap", values.gap),
    seed: values.seed,
    rate: number("rate", values.rate),
    rewardWindowMs: number("window", values.window),
    redisAwaySeconds,
    json: values.json,
    keep: values.keep,
  };
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0) return value;
  throw new BrigandError("CB_USAGE_INVALID", { problem: `--${name} takes a number, at least 0; "${text}" came` });
}
