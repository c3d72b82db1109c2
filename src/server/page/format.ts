/** How numbers and times are written on the page: the one place. The width of an interval decides the digits. */
import type { Rate } from "../../core/insight/rates.ts";
import { type Html, html } from "./html.ts";

/** What is not known. */
export const NONE = "–";

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

export function count(value: number | undefined): string {
  return value === undefined ? NONE : whole.format(value);
}

export function share(value: number | undefined): string {
  if (value === undefined) return NONE;
  const percent = 100 * value;
  const digits = percent !== 0 && Math.abs(percent) < 10 ? 1 : 0;
  return `${percent.toFixed(digits)} %`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function bytes(value: number | undefined): string {
  if (value === undefined) return NONE;
  let [size, unit] = [value, 0];
  for (; size >= 1000 && unit < UNITS.length - 1; unit++) size /= 1000;
  return `${size.toFixed(unit > 0 && size < 10 ? 1 : 0)} ${UNITS[unit]}`;
}

/** A probability: two significant digits, none of them lost in zeros. */
export function probability(value: number): string {
  return value >= 0.1 || value === 0 ? value.toFixed(3) : value.toPrecision(2);
}

/** Decimals at which the interval's half-width has two digits. */
export function digitsOf({ mean = 0, low, high }: Rate): number {
  const half = low === undefined || high === undefined ? Math.abs(mean) / 10 : (high - low) / 2;
  if (!(half > 0)) return 2;
  return Math.min(5, Math.max(0, 1 - Math.floor(Math.log10(half))));
}

export function mean(rate: Rate): string {
  return rate.mean === undefined ? NONE : minus(rate.mean.toFixed(digitsOf(rate)));
}

/** "0.78 to 0.88", or why there is none. */
export function interval(rate: Rate): string {
  if (rate.low === undefined || rate.high === undefined) return NONE;
  const digits = digitsOf(rate);
  return `${minus(rate.low.toFixed(digits))} to ${minus(rate.high.toFixed(digits))}`;
}

/** With its sign, as exact as its interval allows. */
export function signed(value: number, rate: Rate): string {
  return `${value > 0 ? "+" : ""}${minus(value.toFixed(digitsOf(rate)))}`;
}

export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 1) return "under 1 s";
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export function ago(at: number | undefined, now: number): Html {
  if (at === undefined) return html`<span class="none">never</span>`;
  return html`<time datetime="${iso(at)}" title="${utc(at)}">${duration(Math.max(0, now - at))} ago</time>`;
}

/** UTC; the page's script adds the reader's own time. */
export function utc(at: number): string {
  return `${iso(at).slice(0, 19).replace("T", " ")} UTC`;
}

export function clock(at: number): Html {
  return html`<time datetime="${iso(at)}" title="${utc(at)}">${iso(at).slice(11, 19)}</time>`;
}

function iso(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : "";
}

function minus(text: string): string {
  return text.replace("-", "−");
}
