/** Settings of a policy: one TypeBox schema is validation, documentation, defaults and type. */
import Type, { type Static } from "typebox";
import { Exploration, Variants, variantInFull } from "./variants.ts";

export const POLICY_NAME = "^[a-z0-9][a-z0-9_-]{0,63}$";
/** A line of model versions: a policy's, or that of a variant that learns on its own. */
export const LINE_NAME = "^[a-z0-9][a-z0-9_-]{0,63}(\\.[a-z0-9][a-z0-9_-]{0,63})?$";

export const PolicySettings = Type.Object(
  {
    mode: Type.Union(
      [Type.Literal("online"), Type.Literal("canary"), Type.Literal("apprentice"), Type.Literal("log-only")],
      {
        default: "online",
        description:
          "online: the model's draw is served. canary: to a sticky share of the units, canaryShare. apprentice and log-only: the caller's order is served.",
      },
    ),
    canaryShare: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: "Share of the units in mode canary; default 0.05." }),
    ),
    rewardWindowMs: Type.Integer({
      default: 600_000,
      minimum: 0,
      maximum: 7 * 86_400_000,
      description: "Rewards later than this after their decision (event times) are counted as late and not learned.",
    }),
    settleMs: Type.Integer({
      default: 2_000,
      minimum: 0,
      maximum: 86_400_000,
      description: "A row is learned this long after its decision, with the reward known by then.",
    }),
    defaultReward: Type.Number({
      default: 0,
      minimum: -1e9,
      maximum: 1e9,
      description: "Reward of a shown row that got none.",
    }),
    rewardAggregation: Type.Union(
      [Type.Literal("sum"), Type.Literal("first"), Type.Literal("max"), Type.Literal("mean")],
      { default: "sum", description: "How several rewards of one row become one." },
    ),
    rewards: Type.Record(Type.String({ maxLength: 128 }), Type.Number({ minimum: -1e9, maximum: 1e9 }), {
      default: { "*": 1 },
      maxProperties: 1000,
      description: 'Factor by reward type; "*" is for types not named. A type with factor 0 is ignored.',
    }),
    exploration: Exploration,
    variants: Variants,
    variantSalt: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: "Hashed with the unit; default the policy's name. Another salt deals the units anew.",
      }),
    ),
    privacy: Type.Object(
      {
        publicContext: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
          default: [],
          maxItems: 256,
          description: "Context columns that privatePlackettLuce may use as public; all others are private.",
        }),
        consentRequired: Type.Boolean({
          default: false,
          description: "Whether a request without a consent field counts as one without serve_personalised.",
        }),
      },
      { additionalProperties: false, default: { publicContext: [], consentRequired: false } },
    ),
    simulated: Type.Optional(
      Type.Boolean({
        description: "Its traffic is made up: the page says so, and its items stay out of the shared catalogue.",
      }),
    ),
    timeoutMs: Type.Integer({ default: 50, minimum: 5, maximum: 60_000, description: "Deadline of a ranking." }),
    slots: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: "Items in an answer; default 10 or all." }),
    ),
  },
  { additionalProperties: false },
);
export type PolicySettings = Static<typeof PolicySettings>;

export const defaultSettings: PolicySettings = {
  mode: "online",
  rewardWindowMs: 600_000,
  settleMs: 2_000,
  defaultReward: 0,
  rewardAggregation: "sum",
  rewards: { "*": 1 },
  exploration: { name: "plackettLuce", parameters: {} },
  variants: [],
  privacy: { publicContext: [], consentRequired: false },
  timeoutMs: 50,
};

/** Settings in full from the part that an owner wrote. */
export function withDefaults(given: Partial<PolicySettings>): PolicySettings {
  return {
    ...defaultSettings,
    ...given,
    exploration: { ...defaultSettings.exploration, ...given.exploration },
    privacy: { ...defaultSettings.privacy, ...given.privacy },
    variants: (given.variants ?? []).map(variantInFull),
  };
}
