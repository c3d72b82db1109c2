/**
 * Which of the encoder's columns are the requester's own. Columns are private unless known to be public, so one that
 * the encoder gains later is private until it is listed here.
 */

/** First parts of the names of columns that depend on candidates, their place in the list, and everybody's past alone. */
const PUBLIC_KINDS: ReadonlySet<string> = new Set([
  "position",
  "item.count",
  "item.rate",
  "item.recent",
  "item.recency",
  "factor.item",
  "number",
  "rate",
  "item.hash",
  "itemhash",
]);
/** Columns of the request's own strings and numbers: public where they come from a public context column. */
const REQUEST_KINDS: ReadonlySet<string> = new Set(["segment", "recent", "cross", "request", "hash"]);
const CONTEXT = "context.";

/**
 * Indices of the private columns, ascending. A column made of the list's values of X (`X|z`, `X|m`, `X|q`) is private
 * where X is.
 * @param columns names as in `features/schema.ts`.
 * @param publicContext names of context columns; "geo" also stands for what is nested in it ("geo.country").
 */
export function privateColumns(columns: readonly string[], publicContext: readonly string[]): Int32Array {
  const found: number[] = [];
  columns.forEach((name, index) => {
    if (!isPublic(name, publicContext)) found.push(index);
  });
  return Int32Array.from(found);
}

function isPublic(name: string, publicContext: readonly string[]): boolean {
  const [kind, source] = name.split("|")[0].split(":");
  if (PUBLIC_KINDS.has(kind)) return true;
  if (!REQUEST_KINDS.has(kind) || source === undefined) return false;
  const origin = decodeURIComponent(source);
  if (!origin.startsWith(CONTEXT)) return false;
  const field = origin.slice(CONTEXT.length);
  return publicContext.some((listed) => field === listed || field.startsWith(`${listed}.`));
}

/** The private columns and what stands in each of them for everybody. */
export interface Twin {
  /** Indices of columns, ascending. */
  readonly hidden: Int32Array;
  readonly constant: Float32Array;
}

/** Constants of the hidden columns. @param population by column; 0 where there is none. */
export function populationOf(hidden: Int32Array, population: ArrayLike<number>): Float32Array {
  return Float32Array.from(hidden, (column) => (column < population.length ? population[column] : 0));
}

/**
 * Turns rows into their public twins in place: private columns at their population constants. What comes out is the
 * same for any two requests that differ in private data alone.
 * @param rows n × columns, row-major. Cost: n · hidden writes.
 */
export function hidePrivate(
  rows: { readonly dense: Float32Array; readonly n: number; readonly columns: number },
  { hidden, constant }: Twin,
): void {
  const { dense, n, columns } = rows;
  for (let row = 0, from = 0; row < n; row++, from += columns) {
    for (let k = 0; k < hidden.length; k++) dense[from + hidden[k]] = constant[k];
  }
}
