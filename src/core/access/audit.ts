/** Lines of the audit log: an act is told before it is done, and its outcome after. */
import { isObject } from "../decide/check.ts";
import type { TimeMs } from "../domain.ts";

/** Told, and on disk, before the act begins. */
export interface Asked {
  readonly kind: "asked";
  /** Joins the two lines of an act. */
  readonly id: string;
  readonly at: TimeMs;
  /** The key's id and name; `open` where access is open, `cli` and the system's user for a command. */
  readonly by: { readonly keyId?: string; readonly name: string };
  /** The route or the command, as `PUT /v1/policies/:name` or `keys create`. */
  readonly act: string;
  /** What it was done to: the address, or the command's arguments; never a secret. */
  readonly target: string;
}

export interface Done {
  readonly kind: "done";
  readonly id: string;
  readonly at: TimeMs;
  /** Of the answer; 403 for what was refused to a key. */
  readonly status: number;
}

export type AuditLine = Asked | Done;

/** An act with its outcome; without a status it was under way when it was read, or its process was killed. */
export interface Act extends Omit<Asked, "kind"> {
  readonly status?: number;
}

/** Acts in the order in which they were asked; the newest `limit` of them. Cost: linear in the lines. */
export function actsOf(lines: readonly AuditLine[], limit: number): readonly Act[] {
  const statuses = new Map(lines.flatMap((line) => (line.kind === "done" ? [[line.id, line.status] as const] : [])));
  const asked = lines.filter((line) => line.kind === "asked");
  return asked.slice(Math.max(0, asked.length - limit)).map(({ kind: _, ...act }) => ({
    ...act,
    status: statuses.get(act.id),
  }));
}

/** Undefined for a line that a crash cut short. */
export function readAuditLine(text: string): AuditLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || typeof value.id !== "string" || typeof value.at !== "number") return undefined;
  const { kind, id, at, by, act, target, status } = value;
  if (kind === "done" && typeof status === "number") return { kind, id, at, status };
  if (kind !== "asked" || !isObject(by) || typeof by.name !== "string") return undefined;
  if (typeof act !== "string" || typeof target !== "string") return undefined;
  const keyId = typeof by.keyId === "string" ? by.keyId : undefined;
  return { kind, id, at, by: { keyId, name: by.name }, act, target };
}
