/**
 * The columns of a listing's CSV and Parquet, in order: one row a shown item. docs/logs.md repeats them; a test proves
 * that both agree.
 */
import type { TimeMs } from "../domain.ts";
import type { DecisionRecord } from "../log/records.ts";
import { type Cell, csvCell, csvLine } from "./csv.ts";
import { jointPropensity, type LogEntry } from "./entry.ts";
import { exploredOf } from "./explored.ts";

/** One shown (decision, item, position). */
export interface ShownRow extends Pick<LogEntry, "record" | "rewards" | "cursor"> {
  readonly slot: number;
  readonly itemIndex: number;
  readonly joint: number;
  readonly explored?: boolean;
  readonly listExplored?: boolean;
  readonly isPinned: boolean;
  readonly context?: string;
  readonly user?: string;
  readonly parameters: string;
}

export interface LogColumn {
  readonly name: string;
  /** TIMESTAMP_MS holds milliseconds here; CSV writes ISO 8601. */
  readonly type: "VARCHAR" | "INTEGER" | "BIGINT" | "DOUBLE" | "BOOLEAN" | "TIMESTAMP_MS";
  /** Set where rows of one decision may differ. */
  readonly varies?: true;
  /** Undefined is an empty cell and NULL. */
  value(row: ShownRow): Cell;
}

export const logColumns: readonly LogColumn[] = [
  { name: "decision_id", type: "VARCHAR", value: ({ record }) => record.id },
  { name: "at", type: "TIMESTAMP_MS", value: ({ record }) => record.at },
  { name: "policy", type: "VARCHAR", value: ({ record }) => record.policy },
  { name: "variant", type: "VARCHAR", value: ({ record }) => record.variant },
  { name: "model_version", type: "INTEGER", value: ({ record }) => record.modelVersion },
  { name: "served", type: "VARCHAR", value: ({ record }) => record.served },
  { name: "reason", type: "VARCHAR", value: ({ record }) => record.reason },
  { name: "deferred", type: "BOOLEAN", value: ({ record }) => record.deferred },
  { name: "unit", type: "VARCHAR", value: ({ record }) => record.unit },
  { name: "subject", type: "VARCHAR", value: ({ record }) => record.subject },
  { name: "session", type: "VARCHAR", value: ({ record }) => record.session },
  { name: "candidates", type: "INTEGER", value: ({ record }) => record.items.length },
  { name: "position", type: "INTEGER", varies: true, value: ({ slot }) => slot + 1 },
  { name: "item", type: "VARCHAR", varies: true, value: ({ record, itemIndex }) => record.items[itemIndex] },
  { name: "input_position", type: "INTEGER", varies: true, value: inputPosition },
  { name: "pinned", type: "BOOLEAN", varies: true, value: ({ isPinned }) => isPinned },
  { name: "propensity", type: "DOUBLE", varies: true, value: ({ record, slot }) => record.propensity[slot] },
  { name: "joint_propensity", type: "DOUBLE", value: ({ joint }) => joint },
  {
    name: "score",
    type: "DOUBLE",
    varies: true,
    value: ({ record, itemIndex }) => scored(record, record.score[itemIndex]),
  },
  {
    name: "uncertainty",
    type: "DOUBLE",
    varies: true,
    value: ({ record, itemIndex }) => scored(record, record.uncertainty[itemIndex]),
  },
  { name: "explored", type: "BOOLEAN", varies: true, value: ({ explored }) => explored },
  { name: "list_explored", type: "BOOLEAN", value: ({ listExplored }) => listExplored },
  { name: "explorer", type: "VARCHAR", value: ({ record }) => record.explorer },
  { name: "parameters", type: "VARCHAR", value: ({ parameters }) => parameters },
  { name: "floor", type: "DOUBLE", value: ({ record }) => (record.noise === undefined ? record.floor : undefined) },
  { name: "exact_weight", type: "BIGINT", varies: true, value: ({ record, slot }) => record.noise?.weight[slot] },
  { name: "exact_sum", type: "BIGINT", varies: true, value: ({ record, slot }) => record.noise?.sum[slot] },
  { name: "epsilon", type: "DOUBLE", value: ({ record }) => record.noise?.epsilon },
  { name: "reward", type: "DOUBLE", varies: true, value: ({ rewards, slot }) => rewards.bySlot?.[slot] },
  { name: "reward_state", type: "VARCHAR", value: ({ rewards }) => rewards.state },
  { name: "closed_at", type: "TIMESTAMP_MS", value: ({ rewards }) => rewards.closedAt },
  { name: "context", type: "VARCHAR", value: ({ context }) => context },
  { name: "user_features", type: "VARCHAR", value: ({ user }) => user },
  { name: "cursor", type: "VARCHAR", value: ({ cursor }) => cursor },
];

/** A decision's rows, by position. */
export function shownRows(entry: LogEntry): ShownRow[] {
  const { record } = entry;
  const explored = exploredOf(record);
  const whole = {
    ...entry,
    joint: jointPropensity(record.propensity),
    listExplored: explored?.list,
    context: record.context && JSON.stringify(record.context),
    user: record.user && JSON.stringify(record.user),
    parameters: JSON.stringify(record.parameters),
  };
  return record.slots.map((itemIndex, slot) => ({
    ...whole,
    slot,
    itemIndex,
    explored: explored?.slots[slot],
    isPinned: record.pins?.some(({ position }) => position === slot + 1) ?? false,
  }));
}

export const csvHeading = `${csvLine(logColumns.map(({ name }) => name))}\r\n`;

/** The rows of a decision as CSV. Cells that all rows have in common are written once and copied. */
export function csvRows(entry: LogEntry): string {
  const rows = shownRows(entry);
  if (rows.length === 0) return "";
  const common = logColumns.map((column) => (column.varies === true ? "" : csvCell(csvValue(column, rows[0]))));
  let text = "";
  for (const row of rows) {
    for (let i = 0; i < logColumns.length; i++) {
      const column = logColumns[i];
      if (i > 0) text += ",";
      text += column.varies === true ? csvCell(csvValue(column, row)) : common[i];
    }
    text += "\r\n";
  }
  return text;
}

function csvValue({ type, value }: LogColumn, row: ShownRow): Cell {
  const cell = value(row);
  return type === "TIMESTAMP_MS" && typeof cell === "number" ? isoOf(cell) : cell;
}

function isoOf(time: TimeMs): string {
  return new Date(time).toISOString();
}

/** 1-based, among all candidates of the request. */
function inputPosition({ record, itemIndex }: ShownRow): number {
  return (record.inputPosition?.[itemIndex] ?? itemIndex) + 1;
}

/** A line without columns was not scored. */
function scored(record: DecisionRecord, value: number): number | undefined {
  return record.columns === 0 ? undefined : value;
}
