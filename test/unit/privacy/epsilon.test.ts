import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fullBoxEpsilon, oneSlotEpsilon, residualEpsilon, tellingSlots } from "../../../src/core/privacy/epsilon.ts";
import { weightTable } from "../../../src/core/privacy/mechanism.ts";
import { describeWithShared, sharedData } from "../../support/shared.ts";

interface TableCase {
  readonly inputs: { readonly Q: number; readonly step: number; readonly one: number };
  readonly expected: {
    readonly T0: number;
    readonly TQ: number;
    readonly epsilon_bound: number;
    readonly residual_q4_epsilon_bound: number;
  };
}

interface BoxCase {
  readonly inputs: { readonly n: number; readonly ln_ratio: number };
  readonly expected: { readonly epsilon_exact: number; readonly epsilon_bound: number };
}

const FILE = "known-answers/privacy.json";

describeWithShared("what a table costs", [FILE], () => {
  const casesOf = (topic: string): unknown[] => {
    const { cases } = JSON.parse(readFileSync(sharedData(FILE), "utf8")) as { cases: { topic: string }[] };
    return cases.filter((one) => one.topic === topic);
  };

  it("agrees with the known answers of whole tables and of residuals of four steps", () => {
    const cases = casesOf("em-integer-table") as TableCase[];
    expect(cases.length).toBeGreaterThan(0);
    for (const { inputs, expected } of cases) {
      const table = weightTable({ last: inputs.Q, step: inputs.step, bits: Math.log2(inputs.one) });
      expect([table[0], table[inputs.Q]]).toEqual([expected.T0, expected.TQ]);
      expectWithin(fullBoxEpsilon(table), expected.epsilon_bound, 1e-12);
      expectWithin(residualEpsilon(table, 4), expected.residual_q4_epsilon_bound, 1e-12);
    }
  });

  it("agrees with the known answers of one slot of n equal items", () => {
    const cases = casesOf("em-exact-box") as BoxCase[];
    expect(cases.length).toBeGreaterThan(0);
    for (const { inputs, expected } of cases) {
      const table = weightTable({ last: 1, step: inputs.ln_ratio, bits: 42 });
      expectWithin(oneSlotEpsilon(table, 1, new Int32Array(inputs.n)), expected.epsilon_exact, 1e-10);
      expectWithin(fullBoxEpsilon(table), expected.epsilon_bound, 1e-10);
    }
  });
});

it("A list costs for each slot that is drawn from more than one item", () => {
  expect(tellingSlots({ n: 100, slots: 10, pinned: 0 })).toBe(10);
  expect(tellingSlots({ n: 5, slots: 5, pinned: 0 })).toBe(4);
  expect(tellingSlots({ n: 5, slots: 4, pinned: 2 })).toBe(2);
  expect(tellingSlots({ n: 3, slots: 3, pinned: 2 })).toBe(0);
  expect(tellingSlots({ n: 1, slots: 1, pinned: 0 })).toBe(0);
  expect(tellingSlots({ n: 2, slots: 2, pinned: 2 })).toBe(0);
});

it("Nothing private to tell costs nothing", () => {
  const table = weightTable({ last: 8, step: 0.25, bits: 32 });
  expect(residualEpsilon(table, 0)).toBe(0);
  expect(oneSlotEpsilon(table, 0, [0, 3, 8])).toBe(0);
  expect(oneSlotEpsilon(table, 4, [2])).toBe(0);
});

function expectWithin(came: number, expected: number, relative: number): void {
  expect(Math.abs(came / expected - 1)).toBeLessThanOrEqual(relative);
}
