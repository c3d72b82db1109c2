/**
 * The columns of a policy's encoder, by name; the list only grows, so a model that knows the first d columns goes on
 * working. Names (field names are URI-encoded):
 *
 *   position                     log2(1 + place in the caller's list)
 *   item.count  item.rate        log(1 + times shown), smoothed mean reward
 *   item.recent item.recency     rate over about the last 100 rows, log hours since the last positive
 *   seen.positive seen.passed    how often this user answered or passed over this very item
 *   number:F                     declared number F of the item, asinh
 *   rate:F                       mean smoothed rate of the item's tokens in field F
 *   affinity:F residual:F        cosine of the item's tokens with the user's recent positives; the user's mean
 *                                reward − expected by token, shrunk, over the item's tokens
 *   segment:S  segment:S:F       rate of the item (of its tokens in F) among requests with the same value of S, less its rate elsewhere
 *   recent:S:F                   segment:S:F over the segment's last 100 or so rows of the token, for what changes
 *   cross:S:F                    request number S times item number F
 *   request:S  request:S:V       number S of the request (0 where it has none); 1 where its string S is V, else 0
 *   hash:S:K                     hash of the K-th value of the request's string S, 0 where it has none; no number
 *   item.hash itemhash:F:K       the same of the item's id and of its string F
 *   factor.score factor.item  probable answer by the learned vectors, as a logit; the item's term of it
 *   factor.personal              what this user's history adds to the item's term
 *   factor.spread                standard deviation of that
 *   X|z                          column X less its mean over the request's list, by its spread there
 *   X|m  X|q                     that mean, the same in all rows of the list; the square of X|z
 */
import type { Catalogue } from "./catalogue.ts";
import { compilePlan, type Plan } from "./plan.ts";

/** Columns that every policy has from its first decision on. */
export const FIRST_COLUMNS: readonly string[] = [
  "position",
  "item.count",
  "item.rate",
  "item.recent",
  "item.recency",
  "seen.positive",
  "seen.passed",
  "item.rate|z",
  "item.recent|z",
  "seen.positive|z",
  "seen.passed|z",
];

export class Schema {
  private list: readonly string[] = FIRST_COLUMNS;
  private compiled: Plan | undefined;

  get columns(): readonly string[] {
    return this.list;
  }

  append(columns: readonly string[]): void {
    const known = new Set(this.list);
    this.list = [...this.list, ...columns.filter((column) => !known.has(column))];
    this.compiled = undefined;
  }

  /** Indices and scratch space for these columns under this vocabulary; compiled again when either has grown. */
  plan(catalogue: Catalogue): Plan {
    const { tokenFields, numberFields } = catalogue.vocabulary;
    const fields = tokenFields.length + numberFields.length;
    if (this.compiled === undefined || this.compiled.fields !== fields) {
      this.compiled = compilePlan(this.list, catalogue.vocabulary, fields);
    }
    return this.compiled;
  }
}
