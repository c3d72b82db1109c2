/**
 * What stands in the write-ahead log. A frame holds one record: a JSON head and, for decisions,
 * a tail of little-endian float32 columns. Every record type has a number that is never reused.
 *
 * `time` of a frame is when the server wrote it (it only grows within a stream; timers run by it);
 * `at` inside a record is event time (lateness, features and recency run by it). In imports the
 * two are the same.
 */
import type { DecisionId, Features, Item, ItemId, Json, Served, Subject, TimeMs } from "../domain.ts";
import type { VectorsValue } from "../embed/vectors.ts";
import type { PolicySettings } from "../settings/policy.ts";

export const FORMAT_VERSION = 1;
/** Of decisions with `noise`: their tail ends with the public scores. Readers take both. */
export const NOISE_FORMAT_VERSION = 2;

export const RecordKind = {
  decision: 1,
  reward: 2,
  activate: 3,
  ranking: 4,
  interaction: 5,
  item: 6,
  user: 7,
  heartbeat: 8,
  /** The stream ends here: every decision of it may close. */
  end: 9,
  /** The named decision was answered before its line was durable. */
  undurable: 10,
  /** The policy's settings from here on, in full. */
  settings: 11,
  /** Learned item vectors, in force from here on. */
  vectors: 12,
  /** What a version labelled shadow makes of a decision that another one made. */
  shadow: 13,
} as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** What a private draw was made of besides scores and parameters, and what it cost. Inside the trust boundary only. */
export interface NoiseRecord {
  /** 84 hex digits a slot of the operating system's randomness: six words (`core/privacy/words.ts`). */
  readonly words: string;
  /** By slot, whole numbers: the conditional propensity is exactly weight / sum; 1/1 where nothing was drawn. */
  readonly weight: readonly number[];
  readonly sum: readonly number[];
  /** Whether the private residual acted; else it was zero for every item. */
  readonly personal: boolean;
  /** Pure epsilon of the decision, in nats, rounded up; 0 when not personal. */
  readonly epsilon: number;
}

/** One ranking served, with everything that a replay needs. Arrays `items…` are by itemIndex, `slot…` by slot. */
export interface DecisionRecord {
  readonly kind: typeof RecordKind.decision;
  readonly v: number;
  readonly id: DecisionId;
  readonly workspace: string;
  readonly policy: string;
  readonly variant: string;
  readonly modelVersion: number;
  /** Number of encoder columns at the time; names stand in the schema operations. */
  readonly columns: number;
  readonly subject?: Subject;
  readonly session?: Subject;
  /** What variants were assigned by. */
  readonly unit: "user" | "session" | "decision";
  readonly consent: readonly string[];
  readonly at: TimeMs;
  readonly served: Served;
  readonly reason?: string;
  readonly deferred: boolean;
  readonly context?: Features;
  /** Declared user features of the request (not the stored ones). */
  readonly user?: Features;
  readonly explorer: string;
  readonly parameters: { readonly [name: string]: number };
  readonly floor: number;
  /** Hex; seed = HMAC(server key, policy, id, nonce). */
  readonly nonce: string;
  readonly seed: string;
  /** Share of decisions logged with all candidates' features, as it was for this one. */
  readonly passProbability: number;
  readonly full: boolean;
  /** SHA-256 of the request body where the caller chose the id, base64url. */
  readonly bodyHash?: string;
  /** Eligible candidates in request order. */
  readonly items: readonly ItemId[];
  /** `items` as JSON where the edge has it at hand; saves its making, and is no field of the line. */
  readonly itemsText?: string;
  /** Each eligible candidate's place in the caller's list, 0-based. */
  readonly inputPosition?: readonly number[];
  /** Items fixed to a position (1-based) before the draw; a replay needs them. */
  readonly pins?: readonly { readonly itemIndex: number; readonly position: number }[];
  /** itemIndex shown at each slot. */
  readonly slots: readonly number[];
  /** Conditional propensity of each slot. */
  readonly propensity: readonly number[];
  /** float32 by itemIndex: model mean and s (square root of the model's variance). Length n. */
  readonly score: Float32Array;
  readonly uncertainty: Float32Array;
  /** Raw dense values of the shown rows, slots × columns, row-major. */
  readonly shown: Float32Array;
  /** All candidates' rows, n × columns, when `full`. */
  readonly candidates?: Float32Array;
  readonly noise?: NoiseRecord;
  /** Only with `noise`. float32 by itemIndex: model mean with private columns at their population constants. Length n. */
  readonly publicScore?: Float32Array;
}

export interface RewardRecord {
  readonly kind: typeof RecordKind.reward;
  readonly decision: DecisionId;
  readonly item?: ItemId;
  readonly value: number;
  readonly type?: string;
  readonly rewardId?: string;
  readonly viewedThrough?: number;
  readonly at: TimeMs;
}

export interface ActivateRecord {
  readonly kind: typeof RecordKind.activate;
  readonly decision: DecisionId;
  readonly at: TimeMs;
}

/** A ranking somebody else served: a Metarank event, or a decision of an imported log. */
export interface RankingRecord {
  readonly kind: typeof RecordKind.ranking;
  readonly id: DecisionId;
  readonly subject?: Subject;
  readonly session?: Subject;
  readonly context?: Features;
  readonly items: readonly Item[];
  /** What was shown, by itemIndex; absent: all items in their order. */
  readonly slots?: readonly number[];
  /** Conditional propensity of each slot; absent where nobody knows it. */
  readonly propensity?: readonly number[];
  readonly at: TimeMs;
}

export interface InteractionRecord {
  readonly kind: typeof RecordKind.interaction;
  readonly id: string;
  readonly ranking?: DecisionId;
  readonly subject?: Subject;
  readonly session?: Subject;
  readonly type: string;
  readonly item: ItemId;
  readonly value?: number;
  readonly at: TimeMs;
}

export interface ItemRecord {
  readonly kind: typeof RecordKind.item;
  readonly id: string;
  readonly item: ItemId;
  readonly features: Features;
  readonly at: TimeMs;
}

export interface UserRecord {
  readonly kind: typeof RecordKind.user;
  readonly id: string;
  readonly subject: Subject;
  readonly features: Features;
  readonly at: TimeMs;
}

export interface HeartbeatRecord {
  readonly kind: typeof RecordKind.heartbeat | typeof RecordKind.end;
  /** `end` only: the stream that ended, where it is another one (its process was killed). */
  readonly stream?: string;
  readonly at: TimeMs;
}

export interface UndurableRecord {
  readonly kind: typeof RecordKind.undurable;
  readonly decision: DecisionId;
  readonly at: TimeMs;
}

export interface SettingsRecord {
  readonly kind: typeof RecordKind.settings;
  readonly settings: PolicySettings;
  readonly at: TimeMs;
}

/** Written by the embed job; its head is JSON, `values` is the tail. */
export interface VectorsRecord extends VectorsValue {
  readonly kind: typeof RecordKind.vectors;
}

/** Written some moments after its decision; its head is JSON, `score` and `uncertainty` are the tail. */
export interface ShadowRecord {
  readonly kind: typeof RecordKind.shadow;
  readonly decision: DecisionId;
  readonly version: number;
  /** float32 by itemIndex of the decision: mean and s. */
  readonly score: Float32Array;
  readonly uncertainty: Float32Array;
  readonly at: TimeMs;
}

export type LogRecord =
  | ShadowRecord
  | SettingsRecord
  | VectorsRecord
  | DecisionRecord
  | RewardRecord
  | ActivateRecord
  | RankingRecord
  | InteractionRecord
  | ItemRecord
  | UserRecord
  | HeartbeatRecord
  | UndurableRecord;

export type { Json };
