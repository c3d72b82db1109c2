/** Variants of a policy as its settings name them: who gets which model, exploration and learner. */
import Type, { type Static } from "typebox";
import { BrigandError } from "../errors.ts";
import { explorers } from "../explore/explorers.ts";

export const VARIANTS_MAX = 16;
const WEIGHT_MAX = 1e6;

const explorationFields = Type.Object(
  {
    name: Type.String({
      default: "plackettLuce",
      description: `One of ${explorers.map(({ name }) => name).join(", ")}.`,
    }),
    parameters: Type.Record(Type.String(), Type.Number(), {
      default: {},
      description: "Overrides of the explorer's defaults.",
    }),
    floor: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description:
          "Probability per eligible item and slot; default 0.01 divided by the number of items. privatePlackettLuce takes none.",
      }),
    ),
  },
  { additionalProperties: false },
);
export const Exploration = Type.Object(explorationFields.properties, {
  additionalProperties: false,
  default: { name: "plackettLuce", parameters: {} },
});
export type Exploration = Static<typeof Exploration>;

export const Variant = Type.Object(
  {
    name: Type.String({ pattern: "^[a-z0-9][a-z0-9_-]{0,63}$", description: "In answers, log lines and reports." }),
    weight: Type.Number({
      minimum: 0,
      maximum: WEIGHT_MAX,
      description: "Its share of the units is weight divided by the sum of all weights; 0 gets none.",
    }),
    model: Type.Union([Type.Literal("stable"), Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })], {
      default: "stable",
      description: 'A version, or "stable": what serves the policy, the newest unless one is pinned.',
    }),
    exploration: Type.Optional(explorationFields),
    learn: Type.Union([Type.Literal("pooled"), Type.Literal("own")], {
      default: "pooled",
      description: "pooled: the policy's models. own: models learned from this variant's rows alone.",
    }),
  },
  { additionalProperties: false },
);
export type Variant = Static<typeof Variant>;

export const Variants = Type.Array(Variant, {
  maxItems: VARIANTS_MAX,
  description: "Who gets what, by the hash of the user, else the session, else the decision. Empty: no experiment.",
});

/** The variant of every decision of a policy without variants. */
export const DEFAULT_VARIANT = "default";

/** As owners write them: model, exploration and learn may be left out. */
export type GivenVariant = Pick<Variant, "name" | "weight"> & Partial<Variant>;

/** In full, always in the same order of fields: equal variants are equal as JSON. */
export function variantInFull(given: GivenVariant): Variant {
  const { name, weight, model = "stable", learn = "pooled", exploration } = given;
  return exploration === undefined
    ? { name, weight, model, learn }
    : { name, weight, model, learn, exploration: explorationInFull(exploration) };
}

function explorationInFull({ name, parameters = {}, floor }: Exploration): Exploration {
  return floor === undefined ? { name, parameters } : { name, parameters, floor };
}

/** What a schema cannot say. @throws CB_VARIANTS_INVALID */
export function checkVariants(variants: readonly Variant[]): void {
  const names = variants.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new BrigandError("CB_VARIANTS_INVALID", { expected: "unique names", came: `"${twice}" twice` });
  if (variants.length > 0 && !variants.some(({ weight }) => weight > 0))
    throw new BrigandError("CB_VARIANTS_INVALID", { expected: "a weight above 0 somewhere", came: "none" });
}
