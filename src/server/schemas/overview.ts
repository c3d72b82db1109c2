/** The answer of GET /v1/overview. */
import Type from "typebox";

const N = Type.Number();
const at = Type.Optional(Type.Number({ description: "Milliseconds since 1970, UTC." }));

export const RateSchema = Type.Object(
  {
    n: Type.Integer({ description: "Decisions behind the number." }),
    mean: Type.Optional(N),
    low: Type.Optional(N),
    high: Type.Optional(N),
    effective: Type.Optional(Type.Number({ description: "Effective sample size of a weighted estimate." })),
    refused: Type.Optional(Type.String({ description: "Why there is no number." })),
  },
  { description: "Mean reward a decision with the 95 % interval of one look; left out where it cannot be said." },
);

const exploration = { entropy: Type.Optional(N), floorShare: Type.Optional(N) };
const VariantSchema = Type.Object({ name: Type.String(), lists: Type.Integer(), served: RateSchema, ...exploration });
const PointSchema = Type.Object({
  from: N,
  to: N,
  lists: Type.Integer(),
  served: RateSchema,
  uniform: RateSchema,
  variants: Type.Array(VariantSchema),
  ...exploration,
  effectiveShare: Type.Optional(N),
  swaps: Type.Integer(),
  version: Type.Optional(Type.Integer()),
});
const HealthSchema = Type.Object(
  {
    from: N,
    lists: Type.Integer(),
    drawn: Type.Integer(),
    ...exploration,
    effective: Type.Optional(N),
    effectiveShare: Type.Optional(N),
    rewards: Type.Integer(),
    joinRate: Type.Optional(N),
    served: RateSchema,
    uniform: RateSchema,
  },
  { description: "The last five minutes of the policy's log." },
);
const LatestSchema = Type.Object({
  id: Type.String(),
  at: N,
  variant: Type.String(),
  served: Type.String(),
  modelVersion: Type.Integer(),
  items: Type.Array(Type.String()),
  propensity: Type.Optional(N),
  reward: N,
});

const Numbers = Type.Object({
  from: at,
  to: at,
  openFrom: Type.Optional(Type.Number({ description: "Rewards of decisions since then may still come." })),
  partial: Type.Boolean({ description: "Older parts of the log were left out." }),
  current: Type.Boolean({ description: "The log was read to its end." }),
  served: RateSchema,
  uniform: RateSchema,
  caller: RateSchema,
  callerFirst: RateSchema,
  firstPlace: RateSchema,
  variants: Type.Array(VariantSchema),
  points: Type.Array(PointSchema),
  now: HealthSchema,
  last: Type.Object({ settledAt: at, rewardAt: at, commitAt: at, decisionAt: at }),
  counts: Type.Record(Type.String(), N),
  latest: Type.Array(LatestSchema),
});

export const OverviewAnswer = Type.Object({
  policy: Type.String(),
  range: Type.String(),
  now: N,
  overview: Type.Union([Numbers, Type.Null()], { description: "null where the numbers could not be had in time." }),
  model: Type.Object({ version: Type.Integer(), since: at, pinned: Type.Optional(Type.Integer()) }),
  redis: Type.Union([
    Type.Object({
      queues: Type.Array(Type.Object({ name: Type.String(), waiting: N, active: N, oldestMs: Type.Optional(N) })),
      memoryBytes: N,
    }),
    Type.Null(),
  ]),
  alarms: Type.Array(
    Type.Object({
      ...{ name: Type.String(), state: Type.String({ description: "ok, alarm or unknown." }) },
      ...{ now: Type.String(), limit: Type.String(), meaning: Type.String(), todo: Type.String() },
    }),
  ),
  budgets: Type.Array(Type.Object({ bound: Type.String(), what: Type.String(), unit: Type.String(), used: N, max: N })),
});
