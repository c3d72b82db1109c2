/** Schemaless JSON → numbers and tokens. Any JSON goes; what cannot be used is left out, never an error. */
import type { Features, Json } from "../domain.ts";
import { Names } from "./names.ts";

const dotted = new Names(".");

/** Called for every usable leaf of the features. Names of nested values are joined by dots. */
export interface Leaves {
  number(field: string, value: number): void;
  token(field: string, value: string): void;
}

/** Bounds of one flattening; what lies beyond is left out. */
export const FLATTEN_DEPTH_MAX = 6;
export const FLATTEN_LEAVES_MAX = 512;
/** A longer name, of nested values all parts and dots, is data in the place of a name. */
export const FIELD_LENGTH_MAX = 256;
/** A longer string is free text, not a category. */
export const TOKEN_LENGTH_MAX = 64;

/**
 * Walks the features and hands out leaves in the order of their keys: finite numbers, booleans as 0/1, strings and
 * arrays of strings as tokens, arrays of numbers by index (first 64). Cost: linear in the size of the JSON.
 */
export function flatten(features: Features, leaves: Leaves): void {
  const walk = { left: FLATTEN_LEAVES_MAX, leaves };
  for (const name of Object.keys(features)) visit(walk, name, features[name], 0);
}

interface Walk {
  left: number;
  readonly leaves: Leaves;
}

function visit(walk: Walk, field: string, value: Json, depth: number): void {
  if (walk.left <= 0 || depth > FLATTEN_DEPTH_MAX || value === null || value === undefined) return;
  if (field.length > FIELD_LENGTH_MAX) return;
  if (typeof value === "object") {
    if (isArray(value)) visitArray(walk, field, value, depth);
    else for (const name of Object.keys(value)) visit(walk, dotted.join(field, name), value[name], depth + 1);
    return;
  }
  walk.left--;
  if (typeof value === "number") {
    if (Number.isFinite(value)) walk.leaves.number(field, value);
  } else if (typeof value === "boolean") walk.leaves.number(field, value ? 1 : 0);
  else if (value.length > 0 && value.length <= TOKEN_LENGTH_MAX) walk.leaves.token(field, value);
}

function visitArray(walk: Walk, field: string, values: readonly Json[], depth: number): void {
  for (let i = 0; i < values.length && i < 64; i++) {
    const value = values[i];
    visit(walk, typeof value === "string" ? field : `${field}.${i}`, value, depth + 1);
  }
}

function isArray(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
