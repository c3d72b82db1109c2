/** POST /v1/rank as OpenAPI shows it. The body is checked by `core/decide/rankRequest.ts`; a test holds them together. */
import Type from "typebox";
import { ID_LENGTH_MAX } from "../../core/decide/check.ts";
import { ITEMS_MAX, PURPOSES_MAX, SLOTS_MAX, TIMEOUT_MS_MAX, TIMEOUT_MS_MIN } from "../../core/decide/rankRequest.ts";

export const Id = (description: string) => Type.String({ minLength: 1, maxLength: ID_LENGTH_MAX, description });

export const FeaturesSchema = Type.Record(Type.String(), Type.Unknown(), {
  description: "Any JSON object; numbers must be finite, at most 32 levels deep. New and missing fields are normal.",
});

const closed = { additionalProperties: false } as const;

export const RankBody = Type.Object(
  {
    policy: Type.String({ description: "Name of the policy; made with the defaults on first use." }),
    decisionId: Type.Optional(Id("Idempotent: the same id with the same body gets the stored answer.")),
    user: Type.Optional(
      Type.Object({ id: Id("Kept only as a keyed pseudonym."), features: Type.Optional(FeaturesSchema) }, closed),
    ),
    session: Type.Optional(Id("Kept only as a keyed pseudonym.")),
    consent: Type.Optional(
      Type.Array(Id("A purpose, such as serve_personalised."), {
        maxItems: PURPOSES_MAX,
        description:
          "What the user consents to; without serve_personalised a private policy ranks by public data alone.",
      }),
    ),
    context: Type.Optional(FeaturesSchema),
    items: Type.Array(
      Type.Object({ id: Id("Different from the others."), features: Type.Optional(FeaturesSchema) }, closed),
      {
        minItems: 1,
        maxItems: ITEMS_MAX,
      },
    ),
    exclude: Type.Optional(Type.Array(Id("Not shown."), { maxItems: ITEMS_MAX })),
    baseline: Type.Optional(Id("First of the caller's own order.")),
    pins: Type.Optional(
      Type.Array(
        Type.Object(
          { id: Id("An eligible item."), position: Type.Integer({ minimum: 1, maximum: SLOTS_MAX }) },
          closed,
        ),
        {
          maxItems: SLOTS_MAX,
          description: "Items fixed to positions; their propensity is 1.",
        },
      ),
    ),
    slots: Type.Optional(
      Type.Integer({ minimum: 1, maximum: SLOTS_MAX, description: "Items in the answer; default 10 or all." }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: TIMEOUT_MS_MIN,
        maximum: TIMEOUT_MS_MAX,
        description: "Deadline from the request's headers on.",
      }),
    ),
    defer: Type.Optional(Type.Boolean({ description: "Counts only once activated." })),
    explain: Type.Optional(
      Type.Boolean({ description: "Adds mean, uncertainty and the probabilities of every slot." }),
    ),
  },
  {
    ...closed,
    examples: [
      {
        policy: "home",
        user: { id: "u1", features: { plan: "free" } },
        context: { device: "mobile", hour: 21 },
        items: [{ id: "72998", features: { genre: ["sci-fi"], price: 9.5 } }, { id: "1580" }],
        slots: 2,
        timeoutMs: 20,
      },
    ],
  },
);

export const RankAnswer = Type.Object(
  {
    decisionId: Type.String(),
    items: Type.Array(
      Type.Object({
        id: Type.String(),
        position: Type.Integer(),
        propensity: Type.Optional(
          Type.Number({ description: "Probability of this item here, given the items above it." }),
        ),
        score: Type.Optional(Type.Number()),
        mean: Type.Optional(Type.Number()),
        uncertainty: Type.Optional(Type.Number()),
      }),
    ),
    policy: Type.String(),
    variant: Type.String(),
    modelVersion: Type.Integer({ description: "0 is the seed model." }),
    served: Type.Optional(Type.Union([Type.Literal("model"), Type.Literal("baseline"), Type.Literal("degraded")])),
    reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    explain: Type.Optional(
      Type.Object({ candidates: Type.Array(Type.String()), pmf: Type.Array(Type.Array(Type.Number())) }),
    ),
    tookMs: Type.Optional(Type.Number()),
  },
  {
    description:
      "A private policy answers decisionId, items with id and position, policy, variant and modelVersion, nothing else.",
    examples: [
      {
        decisionId: "home.s1-lx3k2.2f0.9f86d081884c7d65",
        items: [
          { id: "1580", position: 1, propensity: 0.62, score: 0.41 },
          { id: "72998", position: 2, propensity: 1, score: 0.3 },
        ],
        policy: "home",
        variant: "default",
        modelVersion: 17,
        served: "model",
        reason: null,
        tookMs: 0.9,
      },
    ],
  },
);
