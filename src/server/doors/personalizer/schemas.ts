/** Personalizer's calls as OpenAPI shows them; bodies are checked in `core/doors/personalizer`. */
import Type from "typebox";
import { EVENT_SLOTS_MAX } from "../../../core/doors/personalizer/multislotBody.ts";
import { FeaturesSchema, Id } from "../../schemas/rank.ts";

export const tags = ["Azure Personalizer"];

const Version = Type.String({ description: "v1.0, v1.1-preview.1, v1.1-preview.2 or v1.1-preview.3." });
export const VersionParams = Type.Object({ version: Version });
export const EventParams = Type.Object({ version: Version, eventId: Type.String() });
export const EvaluationParams = Type.Object({ version: Version, evaluationId: Type.String() });
export const SignedQuery = Type.Object({ signed: Type.Optional(Type.String()) });
export const NOTHING = Type.Null();
export const BYTES = {
  description: "An ONNX file.",
  content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
};

const Inner = Type.Object({ code: Type.String(), message: Type.String() });
const PersonalizerErrorSchema = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: "The service's own code." }),
      message: Type.String(),
      target: Type.Optional(Type.String()),
      details: Type.Array(Inner),
      innerError: Type.Object({ code: Type.String({ description: "See docs/errors.md." }), requestId: Type.String() }),
    }),
  },
  { description: "As the service answered errors." },
);
export const errorAnswers = { "4xx": PersonalizerErrorSchema, 503: PersonalizerErrorSchema } as const;

const FeatureList = (description: string) => Type.Optional(Type.Array(FeaturesSchema, { description }));
const Action = Type.Object({ id: Id("Different from the others."), features: FeatureList("Merged into one object.") });
const event = {
  contextFeatures: FeatureList("Merged into one object."),
  actions: Type.Array(Action, { minItems: 1, maxItems: 1000, description: "Their order is the caller's own." }),
  eventId: Type.Optional(Id("Idempotent: the same id with the same body gets the stored answer.")),
  deferActivation: Type.Optional(Type.Boolean({ description: "Counts only once activated." })),
};

export const RankBody = Type.Object(
  { ...event, excludedActions: Type.Optional(Type.Array(Id("Not chosen."))) },
  {
    examples: [
      {
        contextFeatures: [{ user: { profileType: "AnonymousUser" } }, { device: { mobile: true } }],
        actions: [
          { id: "NewsArticle", features: [{ type: "News" }] },
          { id: "SportsArticle", features: [{ type: "Sports" }] },
        ],
        excludedActions: ["SportsArticle"],
        eventId: "75269AD0-BFEE-4598-8196-C57383D38E10",
      },
    ],
  },
);
export const RankAnswer = Type.Object({
  ranking: Type.Array(
    Type.Object({
      id: Type.String(),
      probability: Type.Optional(Type.Number({ description: "0 for an excluded action, which keeps its place." })),
    }),
  ),
  eventId: Type.String(),
  rewardActionId: Type.String(),
});

const Slot = Type.Object({
  id: Id("Different from the others."),
  features: FeatureList("Features of the slot."),
  excludedActions: Type.Optional(Type.Array(Id("Not chosen for this slot."))),
  baselineAction: Id("What the application itself would show here; of one slot only."),
});
export const MultislotBody = Type.Object({
  ...event,
  slots: Type.Array(Slot, { minItems: 1, maxItems: EVENT_SLOTS_MAX }),
});
export const MultislotAnswer = Type.Object({
  slots: Type.Array(Type.Object({ id: Type.String(), rewardActionId: Type.String() })),
  eventId: Type.String(),
});

const RewardValue = Type.Number({ minimum: -1, maximum: 1 });
export const RewardBody = Type.Object({ value: RewardValue });
export const MultislotRewardBody = Type.Object({
  reward: Type.Array(Type.Object({ slotId: Id("Of a slot of the event."), value: RewardValue }), { minItems: 1 }),
});

const Duration = Type.String({ description: "ISO 8601, such as PT10M.", examples: ["PT10M"] });
export const ServiceConfigurationSchema = Type.Object({
  rewardWaitTime: Duration,
  defaultReward: RewardValue,
  rewardAggregation: Type.String({ description: "earliest or sum; max and mean too." }),
  explorationPercentage: Type.Number({
    minimum: 0,
    maximum: 1,
    description: "Share of rankings that explore; setting another one explores by epsilon-greedy.",
  }),
  modelExportFrequency: Type.Optional(Type.String({ description: "Least time between trainings; not changed here." })),
  logMirrorEnabled: Type.Optional(Type.Boolean()),
  logRetentionDays: Type.Optional(Type.Integer({ description: "-1: until somebody removes them; not changed here." })),
  learningMode: Type.Optional(Type.String({ description: "Online, Apprentice or LoggingOnly." })),
  isAutoOptimizationEnabled: Type.Optional(Type.Boolean()),
});
export const LearningSettingsSchema = Type.Object({
  name: Type.String({ description: "Of the explorer." }),
  arguments: Type.String({
    description: "Vowpal Wabbit's; those about exploration act.",
    examples: ["--cb_explore_adf --epsilon 0.2"],
  }),
});

export const EvaluationBody = Type.Object({
  name: Id("For people."),
  startTime: Type.String({ description: "ISO 8601." }),
  endTime: Type.String({ description: "ISO 8601." }),
  policies: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0, description: "Empty." })),
  enableOfflineExperimentation: Type.Optional(Type.Boolean({ description: "false." })),
});
export const EvaluationSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    startTime: Type.String(),
    endTime: Type.String(),
    jobId: Type.String(),
    status: Type.String({ description: "pending, completed or failed." }),
    evaluationType: Type.String(),
    creationTime: Type.String(),
    featureImportance: Type.Array(Type.Array(Type.String())),
    policyResults: Type.Optional(Type.Array(Type.Object({}, { additionalProperties: true }))),
  },
  { description: "policyResults: sums of inverse propensity estimates for Online, Baseline and Random." },
);
export const PolicyReferenceBody = Type.Object({ evaluationId: Type.String(), policyName: Type.String() });

export const ModelProperties = Type.Object({ creationTime: Type.String(), lastModifiedTime: Type.String() });
export const LogProperties = Type.Object({ dateRange: Type.Object({ from: Type.String(), to: Type.String() }) });
