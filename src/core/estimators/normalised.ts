/** Lists under another policy by weights alone, each position divided by its mean weight: SNRIPS (arXiv 2007.12986). */

/** Σ over positions of Σ w·r / Σ w · (share of decisions that have the position). */
export class Normalised {
  private readonly byPosition: { n: number; weight: number; weighted: number }[] = [];

  /** Both by slot. */
  add(weights: Float64Array, reward: ArrayLike<number>): void {
    for (let slot = 0; slot < weights.length; slot++) {
      this.byPosition[slot] ??= { n: 0, weight: 0, weighted: 0 };
      const sums = this.byPosition[slot];
      sums.n++;
      sums.weight += weights[slot];
      sums.weighted += weights[slot] * reward[slot];
    }
  }

  /** Mean over the lists; 0 without any. */
  value(): number {
    const [first] = this.byPosition;
    return this.byPosition.reduce(
      (sum, { n, weight, weighted }) => sum + (weight > 0 ? ((weighted / weight) * n) / first.n : 0),
      0,
    );
  }
}
