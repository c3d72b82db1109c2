/** What the promotion gate saw and decided: one TypeBox schema is documentation, validation and type. */
import Type, { type Static } from "typebox";

const Measured = Type.Object({
  value: Type.Number(),
  low: Type.Optional(Type.Number()),
  high: Type.Optional(Type.Number()),
});

export const Verdict = Type.Union(
  [
    Type.Literal("better"),
    Type.Literal("notWorse"),
    Type.Literal("open"),
    Type.Literal("worse"),
    Type.Literal("unanswered"),
    Type.Literal("nothing"),
  ],
  {
    description:
      "better: the interval of the difference lies above 0. notWorse: above the loss that is accepted. worse: below 0, and not that. open: on both sides. unanswered: this log cannot say. nothing: the log has nothing to compare with.",
  },
);
export type Verdict = Static<typeof Verdict>;

export const Evidence = Type.Object({
  version: Type.Integer(),
  against: Type.Integer({ description: "The version that served." }),
  label: Type.Union([Type.Literal("stable"), Type.Literal("canary")]),
  verdict: Verdict,
  reasons: Type.Array(Type.String({ description: "Why, for people." })),
  forced: Type.Optional(Type.Boolean({ description: "The gate refused, and somebody wanted it all the same." })),
  decisions: Type.Integer({ description: "Closed decisions of the model that were judged." }),
  subjects: Type.Integer({ description: "Users, sessions, and decisions without either." }),
  from: Type.Optional(Type.Number({ description: "Time of the first and the last of them, ms since 1970." })),
  to: Type.Optional(Type.Number()),
  unseen: Type.Boolean({ description: "Whether the version is known not to have learned from them." }),
  leftOut: Type.Record(Type.String(), Type.Integer(), {
    description: "Decisions that could not be judged, by reason.",
  }),
  served: Type.Optional(Type.Number({ description: "Reward of a decision as it was served." })),
  current: Type.Optional(Measured),
  candidate: Type.Optional(Measured),
  difference: Type.Optional(Measured),
  plainDifference: Type.Optional(Type.Number({ description: "The same by weights alone, self-normalised: SNRIPS." })),
  lossMax: Type.Number({ description: "Share of the current value that may be lost." }),
  effective: Type.Optional(Type.Number({ description: "Decisions that the weighted ones are worth." })),
  effectiveRewards: Type.Optional(Type.Number()),
  weightMean: Type.Optional(Measured),
  weightMax: Type.Optional(Type.Number()),
  unsupported: Type.Optional(
    Type.Number({ description: "Share of what the version would show that the log could not have shown." }),
  ),
  callMs: Type.Optional(Type.Number({ description: "A call with 100 candidates." })),
  memoryBytes: Type.Optional(Type.Integer({ description: "Most that the process of the check held." })),
  trial: Type.Optional(
    Type.Object({
      verdict: Type.String(),
      decisions: Type.Integer(),
      difference: Type.Optional(Measured),
    }),
  ),
});
export type Evidence = Static<typeof Evidence>;
