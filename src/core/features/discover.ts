/**
 * Which columns the data deserve: a fold over requests and the catalogue that proposes new columns, never takes one
 * back. Names first seen later simply come later in the list.
 */
import type { EncodeRequest } from "./encode.ts";
import {
  HASHED_VALUES_MAX,
  ID_HASH,
  ITEM_HASHES_MAX,
  isItemHash,
  isRequestHash,
  REQUEST_HASHES_MAX,
} from "./hashes.ts";
import type { PolicyState } from "./policyState.ts";
import { requestLeaves } from "./request.ts";
import type { TokenField, Vocabulary } from "./vocabulary.ts";

/** Named bounds of what is proposed. */
export const NUMBERS_MAX = 96;
export const TOKEN_FIELDS_MAX = 8;
export const SEGMENTS_MAX = 6;
export const SEGMENT_FIELDS_MAX = 3;
export const CROSSES_MAX = 32;
export const REQUEST_NUMBERS_MAX = 64;
export const REQUEST_VALUES_MAX = 32;
/** A string with more values than this is no column for each of them. */
export const VALUES_OF_A_STRING_MAX = 16;
/** Share of the values of a string that must have come before for it to be crossed: an id of the request never comes again. */
const AGAIN_MIN = 0.05;
const REQUESTS_MIN = 20;
/** The request's own numbers are columns earlier: an item's own coefficients need them. */
const OWN_REQUESTS_MIN = 4;
/** Half of a surrogate pair: JSON may hold one, but no column can be named so. */
const HALF_CHARACTER = /\p{Surrogate}/u;
const VALUES_MAX = 1000;

interface RequestField {
  n: number;
  readonly values: Set<string | number>;
  /** Values that had come before; most values of one request, the request that came last and its values so far. */
  again?: number;
  most?: number;
  last?: number;
  run?: number;
}

export class Discovery {
  readonly strings = new Map<string, RequestField>();
  readonly numbers = new Map<string, RequestField>();
  requests = 0;
  private nextRequests = 1;
  private lastChanges = -1;
  private readonly columnsMax: number;

  constructor(columnsMax: number) {
    this.columnsMax = columnsMax;
  }

  save() {
    const { strings, numbers, requests, nextRequests, lastChanges } = this;
    return { strings, numbers, requests, nextRequests, lastChanges };
  }

  load(saved: ReturnType<Discovery["save"]>): void {
    Object.assign(this, saved);
  }

  /** Notes one request; answers the columns to append, mostly none. */
  observe(state: PolicyState, request: Pick<EncodeRequest, "subject" | "context" | "user" | "leaves">): string[] {
    this.requests++;
    if (this.requests <= 100_000) {
      requestLeaves(state.catalogue, request, {
        number: (name, value) => note(this.numbers, name, value),
        token: (name, value) => noteString(note(this.strings, name, value), this.requests),
      });
    }
    const { changes } = state.catalogue;
    const grown = changes !== this.lastChanges && changes > this.lastChanges * 1.1;
    if (this.requests < this.nextRequests && !grown) return [];
    if (this.requests >= this.nextRequests) this.nextRequests = nextLook(this.requests);
    this.lastChanges = changes;
    return this.propose(state);
  }

  private propose(state: PolicyState): string[] {
    const vocabulary = state.catalogue.vocabulary;
    const numbers = numberColumns(vocabulary);
    const fields = tokenFields(vocabulary);
    const wanted = [...numbers.map((name) => `number:${name}`)];
    for (const name of fields) {
      for (const column of [`rate:${name}`, `affinity:${name}`, `residual:${name}`]) wanted.push(column, `${column}|z`);
    }
    for (const segment of this.segments()) {
      wanted.push(`segment:${segment}`, `segment:${segment}|z`);
      for (const field of fields.slice(0, SEGMENT_FIELDS_MAX)) {
        for (const column of [`segment:${segment}:${field}`, `recent:${segment}:${field}`])
          wanted.push(column, `${column}|z`);
      }
    }
    const crosses = this.varying(this.numbers).flatMap((name) => numbers.map((number) => `cross:${name}:${number}`));
    wanted.push(...crosses.slice(0, CROSSES_MAX), ...this.requestColumns(), ...this.hashColumns(state));
    const known = new Set(state.schema.columns);
    return wanted.filter((column) => !known.has(column)).slice(0, Math.max(0, this.columnsMax - known.size));
  }

  /** Strings of the request with few values, each often. */
  private segments(): string[] {
    return this.varying(this.strings)
      .filter((name) => {
        const field = this.strings.get(decodeURIComponent(name));
        return field !== undefined && field.values.size < VALUES_MAX && field.values.size * 4 <= field.n;
      })
      .slice(0, SEGMENTS_MAX);
  }

  /** Numbers of the request, and one column for each value of its strings of few values. */
  private requestColumns(): string[] {
    const numbers = this.varying(this.numbers, OWN_REQUESTS_MIN).slice(0, REQUEST_NUMBERS_MAX);
    const values = this.varying(this.strings).flatMap((name) => {
      const field = this.strings.get(decodeURIComponent(name));
      if (field === undefined || field.values.size > VALUES_OF_A_STRING_MAX || field.values.size * 4 > field.n)
        return [];
      const texts = [...field.values].map(String).filter((value) => !HALF_CHARACTER.test(value));
      return texts.map((value) => `request:${name}:${encodeURIComponent(value)}`);
    });
    return [...numbers.map((name) => `request:${name}`), ...values.slice(0, REQUEST_VALUES_MAX)];
  }

  /** Strings of more values than columns can have, some of which come again; then the item's id and strings too. */
  private hashColumns({ schema, catalogue: { vocabulary } }: PolicyState): string[] {
    const request = this.varying(this.strings).flatMap((name) => {
      const field = this.strings.get(decodeURIComponent(name));
      if (field === undefined || field.values.size <= VALUES_OF_A_STRING_MAX) return [];
      return (field.again ?? 0) < AGAIN_MIN * field.n ? [] : placesOf(`hash:${name}`, field.most ?? 1);
    });
    if (request.length === 0) return [];
    const item = tokenFields(vocabulary).flatMap((name) => {
      const id = vocabulary.tokenField(decodeURIComponent(name), false);
      const field = id === undefined ? undefined : vocabulary.tokenFields[id];
      return field === undefined ? [] : placesOf(`itemhash:${name}`, Math.ceil(field.tokens / field.items));
    });
    const fresh = (wanted: readonly string[], is: (column: string) => boolean, max: number) => {
      const known = schema.columns.filter(is);
      const left = max - known.length;
      return left > 0 ? wanted.filter((column) => !known.includes(column)).slice(0, left) : [];
    };
    return [
      ...fresh(request, isRequestHash, REQUEST_HASHES_MAX),
      ...fresh([ID_HASH, ...item], isItemHash, ITEM_HASHES_MAX),
    ];
  }

  private varying(fields: ReadonlyMap<string, RequestField>, requestsMin = REQUESTS_MIN): string[] {
    return [...fields]
      .filter(([name, field]) => field.n >= requestsMin && field.values.size > 1 && !HALF_CHARACTER.test(name))
      .map(([name]) => encodeURIComponent(name));
  }
}

/** Looks after 1, 4, 8 and 20 requests, then at each doubling. */
function nextLook(requests: number): number {
  if (requests < OWN_REQUESTS_MIN) return OWN_REQUESTS_MIN;
  return requests < 2 * OWN_REQUESTS_MIN ? 2 * OWN_REQUESTS_MIN : Math.max(REQUESTS_MIN, requests * 2);
}

/** Columns of the places of a list of strings. */
function placesOf(column: string, most: number): string[] {
  return Array.from({ length: Math.min(HASHED_VALUES_MAX, most) }, (_, k) => `${column}:${k}`);
}

function noteString({ field, known }: Noted, request: number): void {
  if (field === undefined) return;
  if (known) field.again = (field.again ?? 0) + 1;
  field.run = field.last === request ? (field.run ?? 0) + 1 : 1;
  field.last = request;
  field.most = Math.max(field.most ?? 1, field.run);
}

interface Noted {
  readonly field?: RequestField;
  /** Whether the value had come before. */
  readonly known: boolean;
}

function note(fields: Map<string, RequestField>, name: string, value: string | number): Noted {
  let field = fields.get(name);
  if (field === undefined) {
    if (fields.size >= 256) return { known: false };
    field = { n: 0, values: new Set() };
    fields.set(name, field);
  }
  field.n++;
  const known = field.values.has(value);
  if (!known && field.values.size < VALUES_MAX) field.values.add(value);
  return { field, known };
}

/** Numbers that a twentieth of the items have. */
function numberColumns(vocabulary: Vocabulary): string[] {
  return vocabulary.numberFields
    .filter(({ n, name }) => n >= Math.max(2, vocabulary.itemCount / 20) && !HALF_CHARACTER.test(name))
    .slice(0, NUMBERS_MAX)
    .map(({ name }) => encodeURIComponent(name));
}

/** Fields whose tokens recur over items, the most common fields first. */
function tokenFields(vocabulary: Vocabulary): string[] {
  const recurs = (field: TokenField) => field.items >= 2 && field.tokens >= 1.5 * field.distinct;
  return vocabulary.tokenFields
    .filter((field) => recurs(field) && !HALF_CHARACTER.test(field.name))
    .sort((a, b) => b.items - a.items || (a.name < b.name ? -1 : 1))
    .slice(0, TOKEN_FIELDS_MAX)
    .map(({ name }) => encodeURIComponent(name));
}
