import { describe, expect, test } from "vitest";
import { mulberry32, parseLabelled, progressiveLoss, shuffled } from "../../../training/simulate/labelled.ts";
import { newsClicks } from "../../../training/simulate/news.ts";
import { adClicks } from "../../../training/simulate/twoAds.ts";

describe("a table of labelled rows", () => {
  test.each([
    ["commas", "1,2,b\n3,4,a\n"],
    ["a first line of names", "x,y,label\n1,2,b\n3,4,a\n"],
    ["names of rows and blanks", "first  1 2 b\nsecond 3 4 a\n"],
    ["semicolons, quotes and carriage returns", '"x";"y";"label"\r\n1;2;"b"\r\n3;4;"a"\r\n'],
  ])("is read with %s", (_, text) => {
    const { rows, labels, classes } = parseLabelled("t", text);
    expect({ rows, labels, classes }).toEqual({
      rows: [
        [1, 2],
        [3, 4],
      ],
      labels: [1, 0],
      classes: ["a", "b"],
    });
  });

  test("keeps places of cells that are no number, and sorts classes by size", () => {
    const { rows, classes } = parseLabelled("t", "1,?,10\n2,5,9\n");
    expect(rows).toEqual([
      [1, Number.NaN],
      [2, 5],
    ]);
    expect(classes).toEqual(["9", "10"]);
  });

  test("with a row unlike the others is refused with its number", () => {
    expect(() => parseLabelled("t", "1,2,a\n1,a\n")).toThrow("row 2 has 2 cells, 3 were expected");
  });

  test("is shuffled as mulberry32 and Fisher-Yates do it in other languages", () => {
    expect(shuffled(10, 1)).toEqual([7, 8, 3, 2, 1, 5, 9, 4, 0, 6]);
    expect(shuffled(6, 42)).toEqual([1, 0, 4, 5, 2, 3]);
    const uniform = mulberry32(7);
    expect([uniform(), uniform(), uniform()]).toEqual([0.011704753153026104, 0.06195825757458806, 0.97690763277933]);
  });
});

/** Deterministic by the seed. Uniform choice has a loss of .5; a linear model cannot pass .5 here. */
test("classes that no line parts are told apart, with what was drawn as the only lesson", { timeout: 60_000 }, () => {
  const uniform = mulberry32(11);
  const lines = Array.from({ length: 500 }, () => {
    const [x, y] = [2 * uniform() - 1, 2 * uniform() - 1];
    return `${x},${y},${x * y > 0 ? "same" : "other"}`;
  });
  const { loss, own } = progressiveLoss(parseLabelled("xor", lines.join("\n")), 1);
  expect(loss).toBeLessThan(0.2);
  expect(own).not.toBe("linear");
});

/** Deterministic by the seed; uniform choice would have .143. */
test("the crosses of the news example are found, and its tastes followed when they change", { timeout: 60_000 }, () => {
  expect(newsClicks(1, { steps: 1_000, swap: false }).all).toBeGreaterThan(0.9);
  expect(newsClicks(1, { steps: 2_400, swap: true }).secondHalf).toBeGreaterThan(0.85);
});

test("the news example, saved and loaded midway, shows what it would have shown", { timeout: 60_000 }, () => {
  const undisturbed = newsClicks(2, { steps: 800, swap: true });
  expect(newsClicks(2, { steps: 800, swap: true, restartAt: 437 })).toEqual(undisturbed);
});

/** Deterministic by the seed: 20,000 of the bench's million events. Uniform choice has .035, always the right ad .04. */
test("the better ad for each type of visitor is found although it is clicked 4 times in 100 instead of 3", () => {
  const { expected, expectedLastHalf } = adClicks(1, 20_000);
  expect(expected).toBeGreaterThan(0.039);
  expect(expectedLastHalf).toBeGreaterThan(0.0396);
}, 60_000);
