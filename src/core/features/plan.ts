/** Column names → what the encoder does, with field ids and column indices resolved once. −1: the column is not there. */
import { Blocks } from "./blocks.ts";
import { Views } from "./candidate.ts";
import { type HashPlan, hashPlan } from "./hashes.ts";
import { ItemRows } from "./itemNumbers.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface FieldPlan {
  readonly field: number;
  readonly rate: number;
  readonly affinity: number;
  readonly residual: number;
}

export interface SegmentField {
  readonly field: number;
  readonly column: number;
  readonly recent: number;
}

export interface SegmentPlan {
  /** Name as in `requestLeaves`: "context.device". */
  readonly name: string;
  readonly item: number;
  readonly fields: readonly SegmentField[];
}

/** Columns: one that is read, one that is made of it. */
interface FromTo {
  readonly from: number;
  readonly to: number;
}

export interface Plan {
  readonly columns: number;
  /** Number of fields in the vocabulary when compiled. */
  readonly fields: number;
  readonly builtin: { readonly [name: string]: number };
  readonly numbers: readonly { readonly field: number; readonly column: number }[];
  readonly tokenFields: readonly FieldPlan[];
  /** Place in `tokenFields` by field of the vocabulary, of fields that are there. */
  readonly placeOfField: Int32Array;
  readonly segments: readonly SegmentPlan[];
  readonly segmentsByName: ReadonlyMap<string, SegmentPlan>;
  readonly crosses: readonly { readonly number: string; readonly field: number; readonly column: number }[];
  readonly relatives: readonly FromTo[];
  readonly means: readonly FromTo[];
  /** Squares, read from the column relative to the list: X|z → X|q. */
  readonly squares: readonly FromTo[];
  /** Names of request numbers and strings that any column reads. */
  readonly requestNames: ReadonlySet<string>;
  /** Columns of the request's own numbers by name, and of values of its strings by "name=value". */
  readonly requestNumbers: ReadonlyMap<string, number>;
  readonly requestValues: ReadonlyMap<string, number>;
  /** Columns of hashes. */
  readonly hashes: HashPlan;
  /** Candidates as resolved under this plan. */
  readonly views: Views;
  readonly blocks: Blocks;
  /** The same with numbers of a matrix. */
  readonly rows: ItemRows;
}

export const BUILTIN = [
  "position",
  "item.count",
  "item.rate",
  "item.recent",
  "item.recency",
  "seen.positive",
  "seen.passed",
  "factor.score",
  "factor.item",
  "factor.personal",
  "factor.spread",
] as const;

export function compilePlan(columns: readonly string[], vocabulary: Vocabulary, fields: number): Plan {
  const place = new Map(columns.map((name, index) => [name, index]));
  const at = (name: string) => place.get(name) ?? -1;
  const parsed = columns.map((name, column) => ({ name, column, parts: name.split("|")[0].split(":") }));
  const base = parsed.filter(({ name }) => !name.includes("|"));
  const of = (kind: string) => base.filter(({ parts }) => parts[0] === kind);
  const tokenField = (name: string) => vocabulary.tokenField(decodeURIComponent(name), false);
  const numberField = (name: string) => vocabulary.numberField(decodeURIComponent(name), false);

  const numbers = of("number").flatMap(({ parts, column }) =>
    found(numberField(parts[1]), (field) => ({ field, column })),
  );
  const names = new Set([...of("rate"), ...of("affinity"), ...of("residual")].map(({ parts }) => parts[1]));
  const tokenFields = [...names].flatMap((name) =>
    found(tokenField(name), (field) => ({
      field,
      rate: at(`rate:${name}`),
      affinity: at(`affinity:${name}`),
      residual: at(`residual:${name}`),
    })),
  );
  const segmentNames = [...new Set(of("segment").map(({ parts }) => parts[1]))];
  const segments = segmentNames.map((name) => ({
    name: decodeURIComponent(name),
    item: at(`segment:${name}`),
    fields: of("segment")
      .filter(({ parts }) => parts[1] === name && parts.length === 3)
      .flatMap(({ parts, column }) =>
        found(tokenField(parts[2]), (field) => ({ field, column, recent: at(`recent:${name}:${parts[2]}`) })),
      ),
  }));
  const crosses = of("cross").flatMap(({ parts, column }) =>
    found(numberField(parts[2]), (field) => ({ number: decodeURIComponent(parts[1]), field, column })),
  );
  const requests = of("request").map(({ parts, column }) => ({ parts: parts.map(decodeURIComponent), column }));
  const own = (size: number, key: (parts: readonly string[]) => string) =>
    new Map(requests.filter(({ parts }) => parts.length === size).map(({ parts, column }) => [key(parts), column]));
  return {
    columns: columns.length,
    fields,
    builtin: Object.fromEntries(BUILTIN.map((name) => [name, at(name)])),
    numbers,
    tokenFields,
    placeOfField: placesOf(tokenFields, vocabulary),
    segments,
    segmentsByName: new Map(segments.map((segment) => [segment.name, segment])),
    crosses,
    ...ofLists(columns, at),
    requestNames: new Set([...segments.map(({ name }) => name), ...crosses.map(({ number }) => number)]),
    requestNumbers: own(2, ([, name]) => name),
    requestValues: own(3, ([, name, value]) => `${name}=${value}`),
    hashes: hashPlan(columns, vocabulary),
    views: new Views(),
    blocks: new Blocks(),
    rows: new ItemRows(),
  };
}

function placesOf(tokenFields: readonly FieldPlan[], vocabulary: Vocabulary): Int32Array {
  const places = new Int32Array(vocabulary.tokenFields.length);
  tokenFields.forEach(({ field }, place) => {
    places[field] = place;
  });
  return places;
}

/** Columns that are made of others' values in the request's list. */
function ofLists(columns: readonly string[], at: (name: string) => number) {
  const made = (kind: string, of = "") =>
    columns.flatMap((name, to) => (name.endsWith(kind) ? [{ from: at(name.slice(0, -kind.length) + of), to }] : []));
  return { relatives: made("|z"), means: made("|m"), squares: made("|q", "|z") };
}

function found<T>(field: number | undefined, make: (field: number) => T): T[] {
  return field === undefined ? [] : [make(field)];
}
