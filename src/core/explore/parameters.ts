import { BrigandError } from "../errors.ts";
import type { Explorer, Parameters } from "./explorer.ts";

/**
 * The parameters to draw with and to log: the explorer's defaults, overridden by name. Made once a policy, so that
 * laws need not check.
 * @throws CB_EXPLORER_PARAMETER_INVALID for a name the explorer does not have, or a value out of its range, or
 * values that do not go together.
 */
export function parametersOf(explorer: Explorer, overrides: Parameters = {}): Parameters {
  const invalid = (came: string) =>
    new BrigandError("CB_EXPLORER_PARAMETER_INVALID", {
      explorer: explorer.name,
      came,
      known: known.join(", ") || "none",
    });
  const known = Object.keys(explorer.defaults).map((name) => `${name} (${explorer.ranges[name].join(" to ")})`);
  for (const [name, value] of Object.entries(overrides)) {
    const [least, largest] = Object.hasOwn(explorer.ranges, name) ? explorer.ranges[name] : [1, 0];
    if (!(value >= least && value <= largest)) throw invalid(`${name}: ${value}`);
  }
  const parameters = { ...explorer.defaults, ...overrides };
  const wrong = explorer.refuse?.(parameters);
  if (wrong !== undefined) throw invalid(wrong);
  return parameters;
}
