/** A straight line through points, by least squares: r ≈ a + b·x. A pure fold over sums; merges by adding them. */

export interface LineSums {
  readonly n: number;
  readonly x: number;
  readonly y: number;
  readonly xx: number;
  readonly xy: number;
}

export const emptyLine: LineSums = { n: 0, x: 0, y: 0, xx: 0, xy: 0 };

export function addPoint({ n, x, y, xx, xy }: LineSums, point: { readonly x: number; readonly y: number }): LineSums {
  return { n: n + 1, x: x + point.x, y: y + point.y, xx: xx + point.x ** 2, xy: xy + point.x * point.y };
}

/** Level where all x are one (to 1e-9 of their size); through 0 without points. */
export function lineOf({ n, x, y, xx, xy }: LineSums): (x: number) => number {
  if (n === 0) return () => 0;
  const spread = n * xx - x * x;
  const slope = spread > 1e-9 * n * xx ? (n * xy - x * y) / spread : 0;
  const level = (y - slope * x) / n;
  return (at) => level + slope * at;
}
