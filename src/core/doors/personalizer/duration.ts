/** Durations of ISO 8601 as Personalizer uses them: days, hours, minutes, seconds. */
import { wrong } from "../../decide/check.ts";

const FORM =
  /^P(?:(\d{1,6}(?:\.\d{1,6})?)D)?(?:T(?:(\d{1,6}(?:\.\d{1,6})?)H)?(?:(\d{1,6}(?:\.\d{1,6})?)M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?$/;
const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1000];

/** Milliseconds. @throws CB_BODY_INVALID */
export function durationMs(value: unknown, path: string): number {
  const parts = typeof value === "string" && value.length < 64 ? FORM.exec(value)?.slice(1) : undefined;
  if (parts === undefined || parts.every((part) => part === undefined))
    throw wrong(path, "a duration of ISO 8601 such as PT10M", value);
  return Math.round(parts.reduce((sum, part, i) => sum + (part === undefined ? 0 : Number(part) * UNITS_MS[i]), 0));
}

/** PT10M for 600,000 ms: days, hours and minutes where they are whole, the rest in seconds. */
export function durationText(ms: number): string {
  let left = ms;
  const take = (unit: number) => {
    const n = Math.floor(left / unit);
    left -= n * unit;
    return n;
  };
  const [days, hours, minutes] = UNITS_MS.slice(0, 3).map(take);
  const day = days > 0 ? `${days}D` : "";
  const time = `${hours > 0 ? `${hours}H` : ""}${minutes > 0 ? `${minutes}M` : ""}${left > 0 ? `${left / 1000}S` : ""}`;
  return day === "" && time === "" ? "PT0S" : `P${day}${time === "" ? "" : `T${time}`}`;
}
