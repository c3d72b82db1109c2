/** Variants ready to decide with: everything that does not change from request to request. */
import { BrigandError } from "../errors.ts";
import type { Explorer, Parameters } from "../explore/explorer.ts";
import { explorerOf } from "../explore/explorers.ts";
import { parametersOf } from "../explore/parameters.ts";
import type { PolicySettings } from "../settings/policy.ts";
import { checkVariants, DEFAULT_VARIANT, type Exploration, type Variant } from "../settings/variants.ts";

/** A floor that two items could not both have leaves the model nothing to choose. */
const FLOOR_MAX = 0.5;

export interface Arm {
  /** Name in answers and log lines. */
  readonly variant: string;
  readonly explorer: Explorer;
  readonly parameters: Parameters;
  /** As set; absent: 0.01 divided by the number of items. */
  readonly floor?: number;
  /** Where its model comes from; without a version what serves the line. */
  readonly model: { readonly line: string; readonly version?: number };
}

/**
 * The arms of a policy, at least one: without variants the policy itself.
 * @throws CB_EXPLORER_UNKNOWN, CB_EXPLORER_PARAMETER_INVALID, CB_FLOOR_INVALID, CB_FLOOR_REFUSED, CB_VARIANTS_INVALID
 */
export function armsOf(policy: string, settings: Pick<PolicySettings, "exploration" | "variants">): readonly Arm[] {
  const { exploration, variants } = settings;
  checkVariants(variants);
  const plain = { variant: DEFAULT_VARIANT, ...explored(exploration), model: { line: policy } };
  if (variants.length === 0) return [plain];
  return variants.map((variant) => ({
    variant: variant.name,
    ...explored(variant.exploration ?? exploration),
    model: modelOf(policy, variant),
  }));
}

/** The line of versions that the variant's model belongs to. */
export function lineOfVariant(policy: string, { name, learn }: Pick<Variant, "name" | "learn">): string {
  return learn === "own" ? `${policy}.${name}` : policy;
}

function modelOf(policy: string, variant: Variant): Arm["model"] {
  const line = lineOfVariant(policy, variant);
  return variant.model === "stable" ? { line } : { line, version: variant.model };
}

function explored({ name, parameters, floor }: Exploration): Pick<Arm, "explorer" | "parameters" | "floor"> {
  const explorer = explorerOf(name);
  if (floor !== undefined && !explorer.takesFloor)
    throw new BrigandError("CB_FLOOR_REFUSED", { explorer: explorer.name, came: floor });
  if (floor !== undefined && !(floor <= FLOOR_MAX))
    throw new BrigandError("CB_FLOOR_INVALID", { maximum: FLOOR_MAX, came: floor });
  return { explorer, parameters: parametersOf(explorer, parameters), floor };
}
