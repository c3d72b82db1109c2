/** Symmetric matrices of order n as the lower triangle, row by row, and the three things an online posterior does to them. */
import { factorise } from "../../src/core/math/cholesky.ts";

/** out = P·f. Cost: n² multiplications, one pass over the n(n+1)/2 values. */
export function multiply(p: Float64Array, f: Float64Array, out: Float64Array): void {
  for (let i = 0, k = 0; i < f.length; i++) {
    const fi = f[i];
    let a = 0;
    let b = 0;
    let j = 0;
    for (; j + 1 < i; j += 2, k += 2) {
      const x = p[k];
      const y = p[k + 1];
      a += x * f[j];
      b += y * f[j + 1];
      out[j] += x * fi;
      out[j + 1] += y * fi;
    }
    if (j < i) {
      a += p[k] * f[j];
      out[j] += p[k++] * fi;
    }
    out[i] = a + b + p[k++] * fi;
  }
}

/** fᵀ·P·f. Cost: n²/2 multiplications; four sums at once, because each addition waits for the one before it. */
export function quadratic(p: Float64Array, f: Float64Array): number {
  let total = 0;
  for (let i = 0, k = 0; i < f.length; i++) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let j = 0;
    for (; j + 3 < i; j += 4, k += 4) {
      a += p[k] * f[j];
      b += p[k + 1] * f[j + 1];
      c += p[k + 2] * f[j + 2];
      d += p[k + 3] * f[j + 3];
    }
    for (; j < i; j++, k++) a += p[k] * f[j];
    total += f[i] * (2 * (a + b + c + d) + p[k++] * f[i]);
  }
  return total;
}

/** P += scale · v·vᵀ. Cost: n²/2 multiplications. */
export function addOuter(p: Float64Array, v: Float64Array, scale: number): void {
  const n = v.length;
  for (let i = 0, k = 0; i < n; i++) {
    const factor = scale * v[i];
    let j = 0;
    for (; j + 3 <= i; j += 4, k += 4) {
      p[k] += factor * v[j];
      p[k + 1] += factor * v[j + 1];
      p[k + 2] += factor * v[j + 2];
      p[k + 3] += factor * v[j + 3];
    }
    for (; j <= i; j++, k++) p[k] += factor * v[j];
  }
}

/** Row-major lower triangular L with L·Lᵀ = P. Cost: n³/6 multiplications. */
export function lowerFactor(p: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let i = 0, k = 0; i < n; i++) for (let j = 0; j <= i; j++, k++) lower[i * n + j] = p[k];
  factorise(lower, n);
  return lower;
}

export function transposed(a: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[j * n + i] = a[i * n + j];
  return out;
}

/** L⁻ᵀ·L⁻¹ of a row-major lower triangular L⁻¹: the inverse of L·Lᵀ. Cost: n³/6 multiplications. */
export function inverseOf(lower: Float64Array, n: number): Float64Array {
  const p = new Float64Array((n * (n + 1)) / 2);
  for (let k = 0; k < n; k++) {
    const row = k * n;
    for (let i = 0, at = 0; i <= k; i++) {
      const factor = lower[row + i];
      for (let j = 0; j <= i; j++, at++) p[at] += factor * lower[row + j];
    }
  }
  return p;
}
