/**
 * Rows from before a policy's first item vectors, as if they had had its `factor.*` columns: there these are what the
 * other columns say of them, by the linear regression that later rows give. So old rows go on telling what both kinds
 * of columns are worth together, and later rows alone tell them apart. Left at their centre, old rows would say that
 * everything is the other columns' doing.
 */
import { factorise, solve } from "../../src/core/math/cholesky.ts";

/** Sums of some rows in units of φ: symmetric, lower triangle filled, order × order; and Σ φ·r. */
export interface Moments {
  readonly gram: Float64Array;
  readonly moment: Float64Array;
}

/** Prior precision of the regression, in rows. */
const RIDGE = 50;

/**
 * Writes the rows and columns `late` of `before` from its others: G′ = T G Tᵀ with T the identity on the others and the
 * regression's B on `late`. No spread around the regression is added: what it does not explain stays unknown there.
 * @param late indices, ascending. Cost: order³ / 3 and 2 · late · order².
 */
export function impute(
  before: Moments,
  after: Moments,
  { order, late }: { order: number; late: readonly number[] },
): void {
  const others = Array.from({ length: order }, (_, i) => i).filter((i) => !late.includes(i));
  const n = others.length;
  const factor = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) factor[a * n + b] = after.gram[others[a] * order + others[b]];
    factor[a * n + a] += RIDGE;
  }
  if (!factorise(factor, n)) return;
  const coefficients = late.map((m) =>
    solve(
      factor,
      n,
      Float64Array.from(others, (o) => symmetric(after.gram, order, m, o)),
    ),
  );
  const across = coefficients.map((b) =>
    Float64Array.from(others, (o) => weighed(b, others, (p) => symmetric(before.gram, order, o, p))),
  );
  late.forEach((m, k) => {
    others.forEach((o, a) => {
      before.gram[Math.max(m, o) * order + Math.min(m, o)] = across[k][a];
    });
    for (let l = 0; l <= k; l++) {
      let sum = 0;
      for (let a = 0; a < n; a++) sum += across[k][a] * coefficients[l][a];
      before.gram[m * order + late[l]] = sum;
    }
    before.moment[m] = weighed(coefficients[k], others, (o) => before.moment[o]);
  });
}

function symmetric(gram: Float64Array, order: number, i: number, j: number): number {
  return i >= j ? gram[i * order + j] : gram[j * order + i];
}

function weighed(weights: Float64Array, indices: readonly number[], value: (index: number) => number): number {
  let sum = 0;
  for (let k = 0; k < indices.length; k++) sum += weights[k] * value(indices[k]);
  return sum;
}
