/** Reads committed interactions: the files that manifests name and no others. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBListValue, DuckDBTimestampValue, type DuckDBValue } from "@duckdb/node-api";
import type { PolicyName, TimeMs } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { columns, type InteractionRow } from "./columns.ts";
import { openDatabase, quotedPath } from "./database.ts";
import { dateOf, policyFolder } from "./layout.ts";
import { isErrno, type ManifestFile, readManifests } from "./manifest.ts";

export interface InteractionQuery {
  readonly policy: PolicyName;
  /** Event times of decisions: [from, to). */
  readonly from?: TimeMs;
  readonly to?: TimeMs;
}

/**
 * Streams rows in chunks of at most 2,048. Rows of a decision come together, in the order of their positions; files come
 * in the order of the joined log, then by date and bucket.
 * @throws CB_INTERACTIONS_DAMAGED when a named file is missing or of another size.
 * Memory: one chunk, and a row group of Parquet.
 */
export async function* readInteractions(
  dataDir: string,
  query: InteractionQuery,
): AsyncGenerator<InteractionRow[], void, undefined> {
  const { policy, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = query;
  const days = (file: ManifestFile): boolean => {
    return !(from > -Infinity && file.date < dateOf(from)) && !(to < Infinity && file.date > dateOf(to));
  };
  const files = (await readManifests({ dataDir, policy })).flatMap((manifest) => manifest.files.filter(days));
  if (files.length === 0) return;
  const paths = [];
  for (const file of files) paths.push(await present(join(policyFolder(dataDir, policy), file.path), file));
  const database = await openDatabase();
  try {
    const names = [...columns.map(({ name }) => name), "policy"].map((name) => `"${name}"`).join(", ");
    const source = `read_parquet([${paths.map(quotedPath).join(", ")}], hive_partitioning = true, hive_types_autocast = false, union_by_name = true)`;
    const bounds = [
      ...(Number.isFinite(from) ? [`"at" >= make_timestamp_ms(${Math.ceil(from)})`] : []),
      ...(Number.isFinite(to) ? [`"at" < make_timestamp_ms(${Math.ceil(to)})`] : []),
    ];
    const where = bounds.length === 0 ? "" : ` WHERE ${bounds.join(" AND ")}`;
    const result = await database.connection.stream(`SELECT ${names} FROM ${source}${where}`);
    for await (const chunk of result.yieldRowObjects()) if (chunk.length > 0) yield chunk.map(rowOf);
  } finally {
    database.close();
  }
}

async function present(path: string, { path: name, bytes }: ManifestFile): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size === bytes) return path;
    throw new BrigandError("CB_INTERACTIONS_DAMAGED", {
      name,
      problem: `has ${size} bytes, its manifest says ${bytes}`,
    });
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    throw new BrigandError("CB_INTERACTIONS_DAMAGED", { name, problem: "is missing" });
  }
}

function rowOf(values: Record<string, DuckDBValue>): InteractionRow {
  return {
    formatVersion: Number(values.format_version),
    workspace: text(values.workspace),
    policy: text(values.policy),
    variant: text(values.variant),
    modelVersion: Number(values.model_version),
    decisionId: text(values.decision_id),
    subject: values.subject === null ? undefined : text(values.subject),
    served: served(text(values.served)),
    at: time(values.at),
    settledAt: time(values.settled_at),
    closedAt: time(values.closed_at),
    position: Number(values.position),
    item: text(values.item),
    propensity: optional(values.propensity),
    jointPropensity: optional(values.joint_propensity),
    reward: Number(values.reward),
    rewardAtSettle: Number(values.reward_at_settle),
    learned: values.learned === true,
    segments: list(values.segments).map(text),
    columns: Number(values.columns),
    features: Float32Array.from(list(values.features), Number),
    joinedPosition: Number(values.joined_position),
    cataloguePosition: optional(values.catalogue_position),
    fence: Number(values.fence),
  };
}

const text = (value: DuckDBValue): string => String(value);
/** BIGINT arrives as bigint; positions and times stay below 2^53. */
const optional = (value: DuckDBValue): number | undefined => (value === null ? undefined : Number(value));

function time(value: DuckDBValue): TimeMs {
  if (!(value instanceof DuckDBTimestampValue)) throw new TypeError("a timestamp column must hold timestamps");
  return Number(value.micros / 1000n);
}

function list(value: DuckDBValue): readonly DuckDBValue[] {
  return value instanceof DuckDBListValue ? value.items : [];
}

function served(value: string): InteractionRow["served"] {
  return value === "baseline" || value === "degraded" || value === "logged" ? value : "model";
}
