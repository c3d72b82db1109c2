/** The columns of an interactions file, in order. docs/interactions.md repeats them; a test proves that both agree. */
import { type DuckDBValue, listValue, timestampMillisValue } from "@duckdb/node-api";
import type { DecisionId, ItemId, PolicyName, Position, Served, Subject, TimeMs } from "../../core/domain.ts";

/** Written into every row; readers exist for every number. */
export const INTERACTIONS_FORMAT = 1;

/** One shown (decision, item, position), closed: nothing of it changes any more. */
export interface InteractionRow {
  readonly formatVersion: number;
  readonly workspace: string;
  readonly policy: PolicyName;
  readonly variant: string;
  readonly modelVersion: number;
  readonly decisionId: DecisionId;
  readonly subject?: Subject;
  readonly served: Served | "logged";
  readonly at: TimeMs;
  readonly settledAt: TimeMs;
  readonly closedAt: TimeMs;
  /** 1-based. */
  readonly position: number;
  readonly item: ItemId;
  /** Given the items above; absent for rankings served elsewhere. */
  readonly propensity?: number;
  /** Product over the decision's rows. */
  readonly jointPropensity?: number;
  readonly reward: number;
  readonly rewardAtSettle: number;
  /** False when the row turned out not to have been seen. */
  readonly learned: boolean;
  readonly segments: readonly string[];
  /** Length of `features`: the first so many columns of the policy's schema. */
  readonly columns: number;
  readonly features: Float32Array;
  /** Place of the decision's `close` in the joined log. */
  readonly joinedPosition: Position;
  readonly cataloguePosition?: Position;
  readonly fence: number;
}

export interface Column {
  readonly name: string;
  readonly type: "VARCHAR" | "INTEGER" | "BIGINT" | "DOUBLE" | "BOOLEAN" | "TIMESTAMP_MS" | "VARCHAR[]" | "FLOAT[]";
  readonly nullable?: true;
  value(row: InteractionRow): DuckDBValue;
}

/** `policy` stands only in the path: Hive readers refuse a column in both places. */
export const columns: readonly Column[] = [
  { name: "format_version", type: "INTEGER", value: (row) => row.formatVersion },
  { name: "workspace", type: "VARCHAR", value: (row) => row.workspace },
  { name: "variant", type: "VARCHAR", value: (row) => row.variant },
  { name: "model_version", type: "INTEGER", value: (row) => row.modelVersion },
  { name: "decision_id", type: "VARCHAR", value: (row) => row.decisionId },
  { name: "subject", type: "VARCHAR", nullable: true, value: (row) => row.subject ?? null },
  { name: "served", type: "VARCHAR", value: (row) => row.served },
  { name: "at", type: "TIMESTAMP_MS", value: (row) => timestamp(row.at) },
  { name: "settled_at", type: "TIMESTAMP_MS", value: (row) => timestamp(row.settledAt) },
  { name: "closed_at", type: "TIMESTAMP_MS", value: (row) => timestamp(row.closedAt) },
  { name: "position", type: "INTEGER", value: (row) => row.position },
  { name: "item", type: "VARCHAR", value: (row) => row.item },
  { name: "propensity", type: "DOUBLE", nullable: true, value: (row) => row.propensity ?? null },
  { name: "joint_propensity", type: "DOUBLE", nullable: true, value: (row) => row.jointPropensity ?? null },
  { name: "reward", type: "DOUBLE", value: (row) => row.reward },
  { name: "reward_at_settle", type: "DOUBLE", value: (row) => row.rewardAtSettle },
  { name: "learned", type: "BOOLEAN", value: (row) => row.learned },
  { name: "segments", type: "VARCHAR[]", value: (row) => listValue([...row.segments]) },
  { name: "columns", type: "INTEGER", value: (row) => row.columns },
  { name: "features", type: "FLOAT[]", value: (row) => listValue(Array.from(row.features)) },
  { name: "joined_position", type: "BIGINT", value: (row) => BigInt(row.joinedPosition) },
  { name: "catalogue_position", type: "BIGINT", nullable: true, value: (row) => bigint(row.cataloguePosition) },
  { name: "fence", type: "BIGINT", value: (row) => BigInt(row.fence) },
];

function timestamp(at: TimeMs): DuckDBValue {
  return timestampMillisValue(BigInt(at));
}

function bigint(value: number | undefined): DuckDBValue {
  return value === undefined ? null : BigInt(value);
}
