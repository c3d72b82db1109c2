/**
 * Where a listing goes on: the policy, the time of the last line, and how far each stream was read that had lines in
 * the minute before it. A line that another server process made visible late, by less than that minute, is therefore
 * still listed. As text: base64url of JSON, about 100 characters.
 */
import { isObject } from "../decide/check.ts";
import type { PolicyName, Position, TimeMs } from "../domain.ts";
import { BrigandError } from "../errors.ts";

export interface LogCursor {
  readonly policy: PolicyName;
  readonly time: TimeMs;
  /** Position after the last frame read, by stream. */
  readonly positions: ReadonlyMap<string, Position>;
}

/** How late a line may become visible. */
export const LATE_MS = 60_000;
const STREAMS_MAX = 4_096;

export function cursorText({ policy, time, positions }: LogCursor): string {
  const json = JSON.stringify([policy, time, Object.fromEntries(positions)]);
  return base64url(new TextEncoder().encode(json));
}

/** @throws CB_LOGS_CURSOR_INVALID */
export function readCursor(text: string): LogCursor {
  try {
    const [policy, time, positions, ...more]: readonly unknown[] = JSON.parse(fromBase64url(text));
    if (more.length > 0 || typeof policy !== "string" || !isTime(time) || !isObject(positions)) throw refused(text);
    const entries = Object.entries(positions);
    if (entries.length > STREAMS_MAX) throw refused(text);
    return { policy, time, positions: new Map(entries.map(([stream, position]) => [stream, positionOf(position)])) };
  } catch (error) {
    throw error instanceof BrigandError ? error : refused(text);
  }
}

function positionOf(value: unknown): Position {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError("a position is a whole number");
}

const isTime = (value: unknown): value is TimeMs => typeof value === "number" && value >= 0;

function refused(text: string): BrigandError {
  return new BrigandError("CB_LOGS_CURSOR_INVALID", { came: `${text.length} characters of another kind` });
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64url(text: string): string {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}
