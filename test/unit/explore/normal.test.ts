import { expect, it } from "vitest";
import { normalCdf, normalQuantile } from "../../../src/core/math/normal.ts";

/** Values with 40 digits, rounded to doubles. */
it.each([
  [-37, 5.725571222524577e-300],
  [-12.5, 3.732564298877713e-36],
  [-7.5, 3.1908916729108963e-14],
  [-5.7, 5.990371401063528e-9],
  [-5.6, 1.071759025831093e-8],
  [-3, 0.0013498980316300946],
  [-1, 0.15865525393145705],
  [-0.67, 0.2514288950953101],
  [-0.66, 0.25462691467133614],
  [-0.1, 0.460172162722971],
  [0, 0.5],
  [0.5, 0.6914624612740131],
  [1.96, 0.9750021048517795],
  [4, 0.9999683287581669],
])("Φ(%d) is %d to twelve digits", (z, p) => {
  expect(Math.abs(normalCdf(z) / p - 1)).toBeLessThan(1e-12);
});

it.each([
  [1e-14, -7.650628092935269],
  [0.0001, -3.7190164854556804],
  [0.02, -2.053748910631823],
  [0.0749, -1.4402382675279637],
  [0.0751, -1.43882539275254],
  [0.3, -0.5244005127080408],
  [0.5, 0],
  [0.9, 1.2815515655446006],
  [0.999, 3.090232306167813],
])("the quantile of %d is %d to fourteen digits, and the other end mirrors it", (p, z) => {
  expect(Math.abs(normalQuantile(p) - z)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(z)));
  if (p > 0.01) expect(Math.abs(normalQuantile(1 - p) + z)).toBeLessThan(1e-13);
});

it("Φ undoes its quantile at 20,000 places", () => {
  for (let i = 1; i < 20_000; i++)
    expect(Math.abs(normalCdf(normalQuantile(i / 20_000)) / (i / 20_000) - 1)).toBeLessThan(1e-13);
});
