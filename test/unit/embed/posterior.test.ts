import { expect, test } from "vitest";
import {
  bend,
  condition,
  curvature,
  type Evidence,
  emptyEvidence,
  posteriorOf,
  standardNormal,
  varianceAlong,
} from "../../../src/core/embed/posterior.ts";
import { uniformOf } from "../../../src/core/math/random.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function evidence(dimension: number, rows: readonly { vector: readonly number[]; answer: number }[]): Evidence {
  const made = emptyEvidence(dimension, rows.length);
  made.n = rows.length;
  rows.forEach(({ vector, answer }, k) => {
    made.vectors.set(vector, k * (dimension + 1));
    made.answers[k] = answer;
  });
  return made;
}

/** Seeded rows of d = `dimension`. */
function randomRows(n: number, dimension: number, seed: string) {
  const uniform = uniformOf(seed.padStart(64, "0"));
  const normal = () => uniform() + uniform() + uniform() + uniform() - 2;
  return Array.from({ length: n }, () => ({
    vector: Array.from({ length: dimension + 1 }, normal),
    answer: uniform() < 0.5 ? 1 : 0,
  }));
}

test("the curvature is twice the λ(ξ) = (σ(ξ) − ½) / 2ξ of the bound, and ¼ at 0", () => {
  for (const xi of [1e-3, 0.1, 1, 5, 40]) expect(curvature(xi)).toBeCloseTo((sigmoid(xi) - 0.5) / xi, 10);
  expect(curvature(0)).toBe(0.25);
  expect(curvature(1e-5)).toBeCloseTo(0.25, 9);
});

test("nothing known of a user is N(0, I)", () => {
  expect(posteriorOf(emptyEvidence(3, 0))).toEqual(standardNormal(3));
});

test("mean and covariance are the inverse by Gauss and Jordan of I + Σ c v vᵀ", () => {
  const d = 5;
  const rows = randomRows(40, d, "a1");
  const made = evidence(d, rows);
  const gaussian = standardNormal(d);
  bend(made, gaussian);
  condition(made, gaussian);
  const precision = Array.from({ length: d }, (_, i) =>
    Array.from({ length: d }, (_, j) => {
      const prior = i === j ? 1 : 0;
      return rows.reduce((sum, { vector }, k) => sum + made.curvatures[k] * vector[i + 1] * vector[j + 1], prior);
    }),
  );
  const right = Array.from({ length: d }, (_, i) =>
    rows.reduce((sum, row, k) => sum + (row.answer - 0.5 - made.curvatures[k] * row.vector[0]) * row.vector[i + 1], 0),
  );
  const inverse = gaussJordan(precision);
  inverse.forEach((row, i) => {
    row.forEach((value, j) => expect(gaussian.covariance[i * d + j]).toBeCloseTo(value, 10));
    expect(gaussian.mean[i]).toBeCloseTo(
      row.reduce((sum, value, j) => sum + value * right[j], 0),
      10,
    );
  });
  const v = Float64Array.of(0, 1, -2, 0.5, 0, 3);
  const direct = inverse.reduce((sum, row, i) => sum + row.reduce((s, x, j) => s + x * v[i + 1] * v[j + 1], 0), 0);
  expect(varianceAlong(gaussian, v, 1)).toBeCloseTo(direct, 10);
});

test("in one dimension it comes near the true posterior, by integration on a grid", () => {
  for (const [n, seed] of [
    [1, "b1"],
    [10, "b2"],
    [96, "b3"],
  ] as const) {
    const rows = randomRows(n, 1, seed);
    const gaussian = posteriorOf(evidence(1, rows), 20);
    let [weight, first, second] = [0, 0, 0];
    for (let z = -8; z <= 8; z += 0.005) {
      let log = (-z * z) / 2;
      for (const { vector, answer } of rows) {
        const logit = vector[0] + z * vector[1];
        log += answer * logit - Math.log1p(Math.exp(logit));
      }
      const p = Math.exp(log);
      weight += p;
      first += p * z;
      second += p * z * z;
    }
    const mean = first / weight;
    const sd = Math.sqrt(second / weight - mean * mean);
    expect(Math.abs(gaussian.mean[0] - mean)).toBeLessThan(0.12 * sd);
    expect(Math.sqrt(gaussian.covariance[0]) / sd).toBeGreaterThan(0.85);
    expect(Math.sqrt(gaussian.covariance[0]) / sd).toBeLessThan(1.02);
  }
});

test("the rounds taken end within .03 of the fixed point where vectors are as short as learned ones", () => {
  const rows = randomRows(96, 16, "c1").map(({ vector, answer }) => ({ vector: vector.map((x) => x / 2), answer }));
  const [taken, many] = [posteriorOf(evidence(16, rows)), posteriorOf(evidence(16, rows), 50)];
  for (const { vector } of rows) {
    const score = ({ mean }: typeof taken) => mean.reduce((sum, z, i) => sum + z * vector[i + 1], 0);
    expect(Math.abs(score(taken) - score(many))).toBeLessThan(0.03);
  }
});

test("a passed-over item pulls away, an answered one draws near, and both make surer", () => {
  const liked = posteriorOf(evidence(1, [{ vector: [0, 1], answer: 1 }]));
  const passed = posteriorOf(evidence(1, [{ vector: [0, 1], answer: 0 }]));
  expect(liked.mean[0]).toBeGreaterThan(0.3);
  expect(passed.mean[0]).toBeCloseTo(-liked.mean[0], 12);
  expect(liked.covariance[0]).toBeLessThan(0.85);
});

function gaussJordan(a: readonly (readonly number[])[]): number[][] {
  const n = a.length;
  const m = a.map((row, i) => [...row, ...Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))]);
  for (let i = 0; i < n; i++) {
    const pivot = m[i][i];
    m[i] = m[i].map((x) => x / pivot);
    for (let k = 0; k < n; k++) {
      const factor = m[k][i];
      if (k !== i) m[k] = m[k].map((x, j) => x - factor * m[i][j]);
    }
  }
  return m.map((row) => row.slice(n));
}
