/** Decision lines as JSON lines and as CSV (RFC 4180). docs/logs.md names the fields. */
import type { DecisionRecord } from "../../core/log/records.ts";
import type { DecisionHead } from "./decisions.ts";

/** Values of one line by field name; `undefined` is left out of JSON and empty in CSV. */
type Fields = { readonly [name: string]: unknown };

/** The line's fields; with `record` the scores and features too. */
export function fieldsOf(head: DecisionHead, record?: DecisionRecord): Fields {
  const { id, v, at, items, slots, propensity, pins, inputPosition, workspace, full, bodyHash, columns, ...rest } =
    head;
  const fields = {
    decisionId: id,
    at: new Date(at).toISOString(),
    ...rest,
    workspace,
    formatVersion: v,
    columns,
    full,
    bodyHash,
    shown: slots.map((itemIndex) => items[itemIndex]),
    propensities: propensity,
    items,
    inputPosition,
    pins,
  };
  return record === undefined ? fields : { ...fields, ...floats(record) };
}

function floats({ score, publicScore, uncertainty, shown, candidates, columns }: DecisionRecord): Fields {
  return {
    score: Array.from(score),
    publicScore: publicScore && Array.from(publicScore),
    uncertainty: Array.from(uncertainty),
    features: rowsOf(shown, columns),
    candidates: candidates && rowsOf(candidates, columns),
  };
}

function rowsOf(values: Float32Array, columns: number): number[][] {
  const n = columns === 0 ? 0 : values.length / columns;
  return Array.from({ length: n }, (_, row) => Array.from(values.subarray(row * columns, (row + 1) * columns)));
}

/** Columns of the CSV, in order; those after `passProbability` only with --full. */
const listed = [
  ...[
    "decisionId",
    "at",
    "policy",
    "variant",
    "modelVersion",
    "served",
    "reason",
    "deferred",
    "unit",
    "subject",
    "session",
  ],
  ...[
    "shown",
    "propensities",
    "items",
    "inputPosition",
    "pins",
    "explorer",
    "parameters",
    "floor",
    "context",
    "user",
    "consent",
  ],
  ...["nonce", "seed", "noise", "bodyHash", "workspace", "formatVersion", "columns", "full", "passProbability"],
];
const floatNames = ["score", "publicScore", "uncertainty", "features", "candidates"];

export function csvHeader(full: boolean): string {
  return csvLine(full ? [...listed, ...floatNames] : listed);
}

/** Lists and objects are JSON in their cell. */
export function csvRow(fields: Fields, full: boolean): string {
  return csvLine((full ? [...listed, ...floatNames] : listed).map((name) => text(fields[name])));
}

/** Without the line's end, which is CR LF. */
export function csvLine(cells: readonly string[]): string {
  return cells.map(csvCell).join(",");
}

/** A spreadsheet takes a cell that begins with one of these for a formula: an apostrophe before it makes it text. */
const FORMULA = /^[=+\-@\t\r]/;

export function csvCell(value: string): string {
  const inert = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

function text(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
