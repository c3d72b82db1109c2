/** Rewards and Metarank events as OpenAPI shows them; they are checked in `core/`. */
import Type from "typebox";
import { REWARD_ABS_MAX, REWARD_TYPE_LENGTH_MAX } from "../../core/decide/rewardEntry.ts";
import { FeaturesSchema, Id } from "./rank.ts";

export const RewardSchema = Type.Object(
  {
    decisionId: Id("Of the decision that showed the item."),
    policy: Type.Optional(Type.String({ description: "Needed only when the decision is not known here." })),
    item: Type.Optional(Id("Absent: the item at position 1.")),
    value: Type.Number({ minimum: -REWARD_ABS_MAX, maximum: REWARD_ABS_MAX }),
    type: Type.Optional(Type.String({ minLength: 1, maxLength: REWARD_TYPE_LENGTH_MAX })),
    rewardId: Type.Optional(Id("Counted once within the reward window.")),
    viewedThrough: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: "Rows below were not seen." })),
    timestamp: Type.Optional(Type.Number({ description: "Milliseconds since 1970; absent: now." })),
  },
  {
    additionalProperties: false,
    examples: [{ decisionId: "home.s1-lx3k2.2f0.9f86d081884c7d65", item: "1580", value: 1, type: "click" }],
  },
);

export const RewardsBody = Type.Union([RewardSchema, Type.Array(RewardSchema, { minItems: 1, maxItems: 10_000 })]);

const Fields = Type.Optional(Type.Array(Type.Object({ name: Type.String(), value: Type.Unknown() })));
const Time = Type.Union([Type.Number(), Type.String()], { description: "Milliseconds, or ISO 8601." });

export const EventSchema = Type.Object(
  {
    event: Type.Union(["item", "user", "ranking", "interaction"].map((name) => Type.Literal(name))),
    id: Id("Of the event; counted once."),
    timestamp: Time,
    item: Type.Optional(Type.String()),
    user: Type.Optional(Type.String()),
    session: Type.Optional(Type.String()),
    ranking: Type.Optional(Type.String({ description: "The decisionId that showed the item." })),
    type: Type.Optional(Type.String()),
    fields: Fields,
    items: Type.Optional(Type.Array(Type.Object({ id: Type.String(), fields: Fields }))),
  },
  {
    description: "Metarank's events, unchanged; application/x-ndjson takes one a line.",
    examples: [
      { event: "item", id: "e1", item: "1580", timestamp: 1764000000000, fields: [{ name: "price", value: 9.5 }] },
      {
        event: "interaction",
        id: "e2",
        ranking: "d1",
        user: "u1",
        type: "click",
        item: "1580",
        timestamp: "2026-11-24T10:00:00Z",
      },
    ],
  },
);

export { FeaturesSchema };
