/** The request's own strings and numbers: context and user, by the names that columns use. */
import type { Features, Subject } from "../domain.ts";
import type { Catalogue } from "./catalogue.ts";
import { flatten, type Leaves } from "./flatten.ts";
import { hashOfKey } from "./hashes.ts";
import { Names } from "./names.ts";
import type { Plan } from "./plan.ts";

const dotted = new Names(".");
const keys = new Names("=");

export interface ReadRequest {
  /** Strings that are segments of the plan: `name` "context.device", `key` "context.device=phone". */
  readonly segments: readonly { readonly name: string; readonly key: string }[];
  /** Numbers that crosses of the plan use, asinh. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Columns of the request's own numbers and strings, hashes too, the same in every row. */
  readonly own: readonly { readonly column: number; readonly value: number }[];
}

/** A number or string of a request. */
export interface RequestLeaf {
  /** As columns say it: "context.device". */
  readonly name: string;
  readonly value: number | string;
}

interface Source {
  readonly subject?: Subject;
  readonly context?: Features;
  readonly user?: Features;
  /** What `leavesOf` made of the rest, where it is read more than once. */
  readonly leaves?: readonly RequestLeaf[];
}

const NOTHING: ReadRequest = { segments: [], numbers: new Map(), own: [] };
/** Up to here a number is its column; beyond, its logarithm goes on, so that no size overflows. */
const LINEAR_MAX = 1000;

export function readRequest(catalogue: Catalogue, plan: Plan, source: Source): ReadRequest {
  const { requestNames, requestNumbers, requestValues, hashes } = plan;
  if (requestNames.size + requestNumbers.size + requestValues.size + hashes.request.size === 0) return NOTHING;
  const segments: { name: string; key: string }[] = [];
  const numbers = new Map<string, number>();
  const own: { column: number; value: number }[] = [];
  const taken = new Map<string, number>();
  requestLeaves(catalogue, source, {
    number: (name, value) => {
      if (requestNames.has(name)) numbers.set(name, Math.asinh(value));
      const column = requestNumbers.get(name);
      if (column !== undefined) own.push({ column, value: bounded(value) });
    },
    token: (name, value) => {
      const places = hashes.request.get(name);
      const named = requestNames.has(name);
      if (places === undefined && !named && requestValues.size === 0) return;
      const key = keys.join(name, value);
      if (places !== undefined) {
        const k = taken.get(name) ?? 0;
        taken.set(name, k + 1);
        if (k < places.length) own.push({ column: places[k], value: hashOfKey(key) });
      }
      if (named) segments.push({ name, key });
      const column = requestValues.get(key);
      if (column !== undefined) own.push({ column, value: 1 });
    },
  });
  return { segments, numbers, own };
}

function bounded(value: number): number {
  const size = Math.abs(value);
  return size <= LINEAR_MAX ? value : Math.sign(value) * LINEAR_MAX * (1 + Math.log(size / LINEAR_MAX));
}

/** All leaves of a request, in order. Cost: about 0.3 µs a leaf; reading them from here costs next to nothing. */
export function leavesOf(catalogue: Catalogue, source: Source): RequestLeaf[] {
  const all: RequestLeaf[] = [];
  const put = (name: string, value: number | string) => void all.push({ name, value });
  requestLeaves(catalogue, source, { number: put, token: put });
  return all;
}

/** Hands out every leaf of context ("context.…") and user ("user.…"; stored features under those of the request). */
export function requestLeaves(catalogue: Catalogue, source: Source, leaves: Leaves): void {
  const { leaves: known } = source;
  if (known === undefined) return walk(catalogue, source, leaves);
  for (let k = 0; k < known.length; k++) {
    const { name, value } = known[k];
    if (typeof value === "number") leaves.number(name, value);
    else leaves.token(name, value);
  }
}

function walk(catalogue: Catalogue, source: Source, leaves: Leaves): void {
  const under = (prefix: string) => ({
    number: (field: string, value: number) => leaves.number(dotted.join(prefix, field), value),
    token: (field: string, value: string) => leaves.token(dotted.join(prefix, field), value),
  });
  if (source.context !== undefined) flatten(source.context, under("context"));
  const stored = source.subject === undefined ? undefined : catalogue.users.get(source.subject);
  if (stored !== undefined) flatten(source.user === undefined ? stored : { ...stored, ...source.user }, under("user"));
  else if (source.user !== undefined) flatten(source.user, under("user"));
}
