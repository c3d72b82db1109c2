/** Settings of a policy as an owner writes them: read, checked, prepared for deciding. */
import { Compile } from "typebox/compile";
import { isObject, kindOf } from "../core/decide/check.ts";
import { BrigandError } from "../core/errors.ts";
import type { Explorer, Parameters } from "../core/explore/explorer.ts";
import { explorerOf } from "../core/explore/explorers.ts";
import { parametersOf } from "../core/explore/parameters.ts";
import { PolicySettings, withDefaults } from "../core/settings/policy.ts";

/** A floor that two items could not both have leaves the model nothing to choose. */
const FLOOR_MAX = 0.5;

const KNOWN = Object.keys(PolicySettings.properties);
const EXPLORATION = ["name", "parameters", "floor"];

/** A policy ready to decide with: everything that does not change from request to request. */
export interface PreparedPolicy {
  readonly name: string;
  readonly settings: PolicySettings;
  readonly explorer: Explorer;
  readonly parameters: Parameters;
}

const validator = Compile(PolicySettings);

/**
 * The part of the settings that an owner wrote, checked as it will be in effect (defaults filled in).
 * @throws CB_SETTINGS_INVALID, CB_EXPLORER_UNKNOWN, CB_EXPLORER_PARAMETER_INVALID, CB_FLOOR_INVALID
 */
export function readSettings(given: unknown): Partial<PolicySettings> {
  if (!isObject(given)) throw invalid("The whole", "an object", kindOf(given));
  for (const key of Object.keys(given)) {
    if (!KNOWN.includes(key))
      throw invalid("Every field", `one of ${KNOWN.join(", ")}`, JSON.stringify(key.slice(0, 64)));
  }
  const exploration = given.exploration;
  if (exploration !== undefined) {
    if (!isObject(exploration)) throw invalid("exploration", "an object", kindOf(exploration));
    const unknown = Object.keys(exploration).find((key) => !EXPLORATION.includes(key));
    if (unknown !== undefined)
      throw invalid("exploration", `of the fields ${EXPLORATION.join(", ")}`, unknown.slice(0, 64));
  }
  const partial: Partial<PolicySettings> = given;
  const full: unknown = withDefaults(partial);
  if (!validator.Check(full)) {
    const [error] = validator.Errors(full);
    const path = error?.instancePath.slice(1).replaceAll("/", ".") || "The whole";
    throw invalid(
      path,
      error?.message.replace(/^must be /, "") ?? "valid",
      kindOf(at(full, error?.instancePath ?? "")),
    );
  }
  prepare("", full);
  return partial;
}

/** @throws CB_EXPLORER_UNKNOWN, CB_EXPLORER_PARAMETER_INVALID, CB_FLOOR_INVALID */
export function prepare(name: string, settings: PolicySettings): PreparedPolicy {
  const explorer = explorerOf(settings.exploration.name);
  const parameters = parametersOf(explorer, settings.exploration.parameters);
  const floor = settings.exploration.floor;
  if (floor !== undefined && !(floor <= FLOOR_MAX))
    throw new BrigandError("CB_FLOOR_INVALID", { maximum: FLOOR_MAX, came: floor });
  return { name, settings, explorer, parameters };
}

function invalid(path: string, expected: string, came: string): BrigandError {
  return new BrigandError("CB_SETTINGS_INVALID", { path, expected, came, known: KNOWN.join(", ") });
}

/** The value at a JSON pointer. */
function at(value: unknown, pointer: string): unknown {
  let inner = value;
  for (const key of pointer.split("/").slice(1)) inner = isObject(inner) ? inner[key] : undefined;
  return inner;
}
