/** Metarank's calls as OpenAPI shows them; bodies are checked in `core/`. */
import Type from "typebox";
import { BatchAnswerSchema } from "../../schemas/common.ts";
import { EventSchema } from "../../schemas/feedback.ts";
import { Id } from "../../schemas/rank.ts";

export const tags = ["Metarank"];

export const ModelParams = Type.Object({ model: Type.String({ description: "Name of the policy." }) });
export const ExplainQuery = Type.Object(
  { explain: Type.Optional(Type.String({ description: "true: with the values that the model read." })) },
  { additionalProperties: false },
);

const Fields = Type.Optional(Type.Array(Type.Object({ name: Type.String(), value: Type.Unknown() })));

export const RankBody = Type.Object(
  {
    id: Id("Of the ranking: interactions name it. Idempotent."),
    timestamp: Type.Optional(Type.Union([Type.Number(), Type.String()])),
    user: Type.Optional(Id("Kept only as a keyed pseudonym.")),
    session: Type.Optional(Id("Kept only as a keyed pseudonym.")),
    fields: Fields,
    items: Type.Array(Type.Object({ id: Id("Different from the others."), fields: Fields }), {
      minItems: 1,
      maxItems: 1000,
    }),
  },
  {
    examples: [
      {
        id: "81f46c34",
        timestamp: 1764000000000,
        user: "user1",
        fields: [{ name: "query", value: "jeans" }],
        items: [{ id: "item3", fields: [{ name: "relevancy", value: 2 }] }, { id: "item1" }],
      },
    ],
  },
);

const Feature = Type.Object({ name: Type.String(), value: Type.Number() });
export const RankAnswer = Type.Object({
  took: Type.Integer({ description: "Milliseconds." }),
  items: Type.Array(
    Type.Object({ item: Type.String(), score: Type.Number(), features: Type.Optional(Type.Array(Feature)) }),
    { description: "In the order to show them; the draw's, so not always by score." },
  ),
});

export const FeedbackBody = Type.Union([EventSchema, Type.Array(EventSchema)]);
export const FeedbackAnswer = Type.Object({
  status: Type.String({ description: "ok, or rejected where events were." }),
  accepted: Type.Integer(),
  updated: Type.Integer({ description: "0: features are worked out by whoever joins the log." }),
  tookMillis: Type.Integer(),
  rejected: Type.Optional(BatchAnswerSchema.properties.rejected),
});

export const TrainAnswer = Type.Object({
  features: Type.Array(Type.Object({ name: Type.String(), weight: Type.Number() })),
  iterations: Type.Array(Type.Unknown()),
  sizeBytes: Type.Integer(),
});
