/** The table of variants over HTTP; `core/variants/table.ts` says what the numbers mean. */
import Type from "typebox";

const Measured = (description: string) =>
  Type.Object(
    {
      value: Type.Number(),
      low: Type.Optional(Type.Number({ description: "Absent until each variant has 100 units." })),
      high: Type.Optional(Type.Number()),
    },
    { description },
  );

const P = Type.Number({ description: "Holds at every look." });
const State = Type.Union([Type.Literal("none"), Type.Literal("ok"), Type.Literal("alarm")]);
const Detectable = Type.Optional(
  Type.Number({ description: "Least loss, as a share of one variant's, that 95 of 100 such logs would show." }),
);
const Verdict = Type.Union([
  Type.Literal("first"),
  Type.Literal("waiting"),
  Type.Literal("open"),
  Type.Literal("better"),
  Type.Literal("worse"),
]);

const Row = Type.Object({
  name: Type.String(),
  weight: Type.Number(),
  share: Type.Number({ description: "Share of the units that it should have." }),
  closed: Type.Integer({ description: "Decisions whose window has ended, whoever chose." }),
  decisions: Type.Integer({ description: "Of them those that the model served: only these count." }),
  subjects: Type.Integer({ description: "Users and sessions, and decisions without either." }),
  subjectsExact: Type.Boolean({ description: "False: estimated from a sample by hash." }),
  reward: Type.Optional(Measured("Mean reward of a decision.")),
  difference: Type.Optional(
    Type.Object({
      absolute: Measured("Less the first variant's mean."),
      relative: Type.Optional(Measured("Divided by the size of the first variant's mean.")),
      p: P,
    }),
  ),
  verdict: Verdict,
  decisionsPerSubject: Type.Optional(Type.Number()),
  decisionsP: Type.Optional(Type.Number({ description: "Of the first variant's subjects coming as often." })),
});

export const VariantsAnswer = Type.Object({
  policy: Type.String(),
  since: Type.Optional(Type.Integer({ description: "When the variants last changed, milliseconds since 1970." })),
  alpha: Type.Number({ description: "Error rate of each mean's interval, and of all differences together." }),
  variants: Type.Array(Row),
  sampleRatio: Type.Object(
    {
      state: State,
      p: P,
      detectable: Detectable,
      pearsonP: Type.Number({ description: "One look." }),
      counts: Type.Array(Type.Integer()),
    },
    { description: "Units by variant against the weights." },
  ),
  exposures: Type.Object(
    { state: State, p: P, detectable: Detectable },
    { description: "Decisions by subject against the first variant: lines are lost, or people come more often." },
  ),
  crossed: Type.Number({ description: "Share of the subjects that had more than one variant." }),
  elsewhere: Type.Integer({ description: "Closed decisions outside of the comparison." }),
});
