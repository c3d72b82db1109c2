/** brigand logs audit: the acts of management, for people or as JSON lines. */
import type { Act } from "../../core/access/audit.ts";
import { BrigandError } from "../../core/errors.ts";
import { printJson, printNote, printTable } from "../output.ts";
import { configFrom } from "../settings.ts";
import { accessOf } from "./audited.ts";

const USUAL = 1000;

export async function listActs(options: {
  readonly limit?: string;
  readonly json?: boolean;
  readonly [name: string]: unknown;
}): Promise<void> {
  const limit = Number(options.limit ?? USUAL);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new BrigandError("CB_USAGE_INVALID", { problem: "--limit takes a whole number from 1" });
  }
  const access = accessOf(configFrom(options));
  const acts = await access.audit.acts(limit);
  access.keys.close();
  if (options.json === true) for (const act of acts) printJson(act);
  else if (acts.length === 0) printNote("Nothing was changed yet.");
  else printTable([["at", "by", "act", "target", "status"], ...acts.map(cells)]);
}

function cells({ at, by, act, target, status }: Act): string[] {
  const who = by.keyId === undefined ? by.name : `${by.name} (${by.keyId})`;
  return [new Date(at).toISOString(), who, act, target, status === undefined ? "" : String(status)];
}
