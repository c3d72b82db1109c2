/**
 * Assignment is a fixed function, so these tests give one answer for ever; the bounds say how surprising it would be
 * under a fair split. 10,000 subjects (pseudonyms of user0 … user9999 under a fixed key), bound: the 1 − 10⁻⁶ quantile
 * of chi-square, a false-alarm rate of 10⁻⁶ a case.
 */
import { createSecretKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { subjectOf } from "../../../src/adapters/crypto/subject.ts";
import { assignmentOf, type Split, sharesOf } from "../../../src/core/variants/assign.ts";

const N = 10_000;
/** 1 − 10⁻⁶ quantiles of chi-square with 1, 2, 3 degrees of freedom. */
const BOUND = [Number.NaN, 23.928, 27.631, 30.665];
const source = { key: createSecretKey(Buffer.alloc(32, 7)), keyVersion: 1 };
const subjects = Array.from({ length: N }, (_, i) => subjectOf(source, "user", `user${i}`));

function chiSquare(observed: readonly number[], shares: readonly number[]): number {
  const n = observed.reduce((sum, count) => sum + count, 0);
  return observed.reduce((sum, count, i) => sum + (count - n * shares[i]) ** 2 / (n * shares[i]), 0);
}

function countsOf(split: Split): number[] {
  const assign = assignmentOf(split);
  const counts = split.variants.map(() => 0);
  for (const subject of subjects) counts[assign(subject)]++;
  return counts;
}

describe("10,000 subjects", () => {
  const cases: readonly (readonly number[])[] = [
    [1, 1],
    [9, 1],
    [99, 1],
    [1, 1, 1],
    [5, 3, 2],
    [1, 2, 3, 4],
  ];
  for (const weights of cases) {
    for (const salt of ["home", "search", "checkout"]) {
      it(`split ${weights.join(":")} under the salt ${salt} as the weights say`, () => {
        const split = { salt, variants: weights.map((weight, i) => ({ name: `v${i}`, weight })) };
        expect(chiSquare(countsOf(split), sharesOf(split))).toBeLessThan(BOUND[weights.length - 1]);
      });
    }
  }

  it("are dealt independently by two policies: the four cells are as their product", () => {
    const variants = [1, 1].map((weight, i) => ({ name: `v${i}`, weight }));
    const [a, b] = ["home", "search"].map((salt) => assignmentOf({ salt, variants }));
    const cells = [0, 0, 0, 0];
    for (const subject of subjects) cells[2 * a(subject) + b(subject)]++;
    expect(chiSquare(cells, [0.25, 0.25, 0.25, 0.25])).toBeLessThan(BOUND[3]);
  });
});
