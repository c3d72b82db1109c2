/**
 * Where a listing goes on: the policy, the time of the last line, and how far each stream was read that had lines in
 * the minute before it. A line that another server process made visible late, by less than that minute, is therefore
 * still listed. As text: base64url of JSON, a dot and its CRC-32, about 100 characters: one cut short or changed is told.
 */
import { isObject } from "../decide/check.ts";
import type { PolicyName, Position, TimeMs } from "../domain.ts";
import { BrigandError } from "../errors.ts";
import { crc32 } from "../math/crc32.ts";

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
  const bytes = new TextEncoder().encode(json);
  return `${base64url(bytes)}.${crc32(bytes).toString(36)}`;
}

/** @throws CB_LOGS_CURSOR_INVALID */
export function readCursor(text: string): LogCursor {
  try {
    const [body, sum] = text.split(".");
    const bytes = fromBase64url(body);
    if (crc32(bytes).toString(36) !== sum) throw refused(text);
    const [policy, time, positions, ...more]: readonly unknown[] = JSON.parse(new TextDecoder().decode(bytes));
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

function fromBase64url(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
