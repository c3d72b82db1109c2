import { BrigandError } from "../errors.ts";
import type { Explorer } from "./explorer.ts";

/**
 * The parameters to draw with and to log: the explorer's defaults, overridden by name.
 * @throws CB_EXPLORER_PARAMETER_INVALID for a name the explorer does not have or a value that is not finite.
 */
export function parametersOf(
  explorer: Explorer,
  overrides: { readonly [parameter: string]: number } = {},
): { readonly [parameter: string]: number } {
  for (const [name, value] of Object.entries(overrides)) {
    if (!Object.hasOwn(explorer.defaults, name)) {
      const known = Object.keys(explorer.defaults).join(", ") || "none";
      throw new BrigandError("CB_EXPLORER_PARAMETER_INVALID", `explorer ${explorer.name} has no parameter ${name}`, `Its parameters: ${known}.`);
    }
    inRange(name, value, { min: -Number.MAX_VALUE, max: Number.MAX_VALUE });
  }
  return { ...explorer.defaults, ...overrides };
}

/**
 * The value itself when min ≤ value ≤ max; anything else, NaN and absence included, fails.
 * @throws CB_EXPLORER_PARAMETER_INVALID
 */
export function inRange(name: string, value: number, range: { readonly min: number; readonly max: number }): number {
  if (!(value >= range.min && value <= range.max)) {
    throw new BrigandError("CB_EXPLORER_PARAMETER_INVALID", `${name} must be between ${range.min} and ${range.max}, got ${value}`, "Correct the policy's exploration settings.");
  }
  return value;
}

/** Parameters that may be any finite number from zero up. */
export const FROM_ZERO = { min: 0, max: Number.MAX_VALUE } as const;
