/** Fractions of BigInts: what privacy is judged with, since no rounding can flatter it. */

export interface Fraction {
  readonly top: bigint;
  /** > 0 */
  readonly bottom: bigint;
}

export const ONE: Fraction = { top: 1n, bottom: 1n };

export function fraction(top: bigint | number, bottom: bigint | number): Fraction {
  return { top: BigInt(top), bottom: BigInt(bottom) };
}

export function times(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.top, bottom: a.bottom * b.bottom };
}

export function over(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom, bottom: a.bottom * b.top };
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom };
}

export function exceeds(a: Fraction, b: Fraction): boolean {
  return a.top * b.bottom > b.top * a.bottom;
}

export function equals(a: Fraction, b: Fraction): boolean {
  return a.top * b.bottom === b.top * a.bottom;
}

/** The fraction that a finite double ≥ 0 is. */
export function exactly(value: number): Fraction {
  let bottom = 1n;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    bottom *= 2n;
  }
  return { top: BigInt(scaled), bottom };
}

const TERMS = 60n;

/** Not above e^x, x ≥ 0: the Taylor sum of 60 terms, which are all positive. Below e^x by less than 1e-30 for x ≤ 8. */
export function expBelow(x: Fraction): Fraction {
  let sum = ONE;
  let term = ONE;
  for (let k = 1n; k <= TERMS; k++) {
    term = times(term, { top: x.top, bottom: x.bottom * k });
    sum = plus(sum, term);
  }
  return sum;
}
