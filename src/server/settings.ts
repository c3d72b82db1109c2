/** Settings of a policy as an owner writes them: read, checked, prepared for deciding. */
import { Compile } from "typebox/compile";
import { isObject, kindOf } from "../core/decide/check.ts";
import { BrigandError } from "../core/errors.ts";
import { PolicySettings, withDefaults } from "../core/settings/policy.ts";
import { Variant } from "../core/settings/variants.ts";
import { type Arm, armsOf } from "../core/variants/arms.ts";
import { type Assign, assignmentOf } from "../core/variants/assign.ts";

const KNOWN = Object.keys(PolicySettings.properties);
const EXPLORATION = ["name", "parameters", "floor"];
const PRIVACY = Object.keys(PolicySettings.properties.privacy.properties);
const VARIANT = Object.keys(Variant.properties);

/** A policy ready to decide with: everything that does not change from request to request. */
export interface PreparedPolicy {
  readonly name: string;
  readonly settings: PolicySettings;
  /** At least one; without variants the policy itself. */
  readonly arms: readonly Arm[];
  /** Index of a unit's arm. */
  readonly assign: Assign;
}

const validator = Compile(PolicySettings);

/**
 * The part of the settings that an owner wrote, checked as it will be in effect (defaults filled in).
 * @throws CB_SETTINGS_INVALID, CB_VARIANTS_INVALID, CB_EXPLORER_UNKNOWN, CB_EXPLORER_PARAMETER_INVALID, CB_FLOOR_INVALID,
 * CB_FLOOR_REFUSED
 */
export function readSettings(given: unknown): Partial<PolicySettings> {
  if (!isObject(given)) throw invalid("The whole", "an object", kindOf(given));
  for (const key of Object.keys(given)) {
    if (!KNOWN.includes(key))
      throw invalid("Every field", `one of ${KNOWN.join(", ")}`, JSON.stringify(key.slice(0, 64)));
  }
  if (given.exploration !== undefined) checkFields(given.exploration, "exploration", EXPLORATION);
  if (given.privacy !== undefined) checkFields(given.privacy, "privacy", PRIVACY);
  if (given.variants !== undefined) checkVariantFields(given.variants);
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

/** @throws CB_EXPLORER_UNKNOWN, CB_EXPLORER_PARAMETER_INVALID, CB_FLOOR_INVALID, CB_FLOOR_REFUSED, CB_VARIANTS_INVALID */
export function prepare(name: string, settings: PolicySettings): PreparedPolicy {
  const { variants, variantSalt: salt = name } = settings;
  const arms = armsOf(name, settings);
  const assign = arms.length === 1 ? () => 0 : assignmentOf({ salt, variants });
  return { name, settings, arms, assign };
}

function checkVariantFields(variants: unknown): void {
  if (!Array.isArray(variants)) throw invalid("variants", "an array", kindOf(variants));
  for (const [index, variant] of variants.entries()) {
    const path = `variants.${index}`;
    checkFields(variant, path, VARIANT);
    if (variant.exploration !== undefined) checkFields(variant.exploration, `${path}.exploration`, EXPLORATION);
  }
}

function checkFields(value: unknown, path: string, fields: readonly string[]): void {
  if (!isObject(value)) throw invalid(path, "an object", kindOf(value));
  const unknown = Object.keys(value).find((key) => !fields.includes(key));
  if (unknown !== undefined) throw invalid(path, `of the fields ${fields.join(", ")}`, unknown.slice(0, 64));
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
