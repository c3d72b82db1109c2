import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pmfOfSlot } from "../../../src/core/explore/draw.ts";
import { explorerOf } from "../../../src/core/explore/explorers.ts";
import { parametersOf } from "../../../src/core/explore/parameters.ts";
import { scoresOf } from "../../conformance/explore/cases.ts";
import { describeWithShared, sharedData } from "../../support/shared.ts";

const FILE = "known-answers/statistics.json";
const explorer = explorerOf("squareCb");

interface Case {
  readonly id: string;
  readonly tol: number;
  readonly input: { readonly predicted_reward: number[]; readonly gamma: number };
  readonly expected: { readonly p: number[] };
}

function firstSlot(score: readonly number[], s: number, overrides: { readonly [name: string]: number }): Float64Array {
  const uncertainty = score.map(() => s);
  const parameters = parametersOf(explorer, overrides);
  return pmfOfSlot({ scores: scoresOf(score, uncertainty), explorer, parameters, floor: 0, slots: 1 }, []);
}

describeWithShared("published inverse gap weights", [FILE], () => {
  it("come out to float32 rounding of their scores; what they give the first of equal leaders, ours share", () => {
    const cases = JSON.parse(readFileSync(sharedData(FILE), "utf8")).cases.filter(({ id }: Case) =>
      id.startsWith("squarecb-"),
    );
    expect(cases).toHaveLength(2);
    for (const { input, expected } of cases as Case[]) {
      const best = Math.max(...input.predicted_reward);
      const leaders = input.predicted_reward.filter((score) => score === best).length;
      const shared = expected.p.filter((_, i) => input.predicted_reward[i] === best).reduce((a, b) => a + b, 0);
      const pmf = firstSlot(input.predicted_reward, 0, { gamma: input.gamma });
      input.predicted_reward.forEach((score, i) => {
        expect(Math.abs(pmf[i] - (score === best ? shared / leaders : expected.p[i]))).toBeLessThan(1e-7);
      });
    }
  });
});

it("gamma follows the leader's doubt, and is its least value", () => {
  const [lead, other] = firstSlot([0.5, 0.25], 0.125, { gamma: 10, sharpness: 1 });
  expect(other).toBeCloseTo(1 / (2 + (2 / 0.125) * 0.25), 14);
  expect(lead + other).toBe(1);
  expect(firstSlot([0.5, 0.25], 0.125, { gamma: 100, sharpness: 1 })[1]).toBeCloseTo(1 / (2 + 100 * 0.25), 14);
  expect(firstSlot([0.5, 0.25], 0.125, { gamma: 10, sharpness: 0 })[1]).toBeCloseTo(1 / (2 + 10 * 0.25), 14);
});
