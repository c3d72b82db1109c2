/** Lengths of time as a command line gives them. */
import { BrigandError } from "../../core/errors.ts";

const UNITS: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** 90d, 12h, 30m or 45s as milliseconds; 0s is none. @throws CB_USAGE_INVALID */
export function durationMs(text: string, flag: string): number {
  const [, number = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (number !== "" && Number.isFinite(ms)) return ms;
  throw new BrigandError("CB_USAGE_INVALID", { problem: `${flag} takes a length such as 90d, 12h or 30m` });
}
