import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { uniformOf } from "../../../src/core/math/random.ts";
import { addRow, emptyBlock } from "../../../training/learner/blocks.ts";
import { addRows } from "../../../training/learner/gram/batch.ts";
import { BATCH_ROWS } from "../../../training/learner/gram/kernel.ts";
import { quantise, type Scale } from "../../../training/learner/scale.ts";

interface Given {
  readonly n: number;
  readonly dense: Float32Array;
  readonly steps: Int16Array;
}

function oneByOne({ n, dense, steps }: Given, scale: Scale) {
  const columns = scale.centre.length;
  const block = emptyBlock(0, columns + 1);
  const q = new Float64Array(columns + 1);
  for (let i = 0; i < n; i++) {
    quantise(dense.subarray(i * columns, (i + 1) * columns), scale, q);
    addRow(block, q, steps[i], 1);
  }
  const { gram, moment, squares } = block;
  return { gram, moment: moment.map((sum) => sum + 0), squares };
}

function byBatch(rows: Given, scale: Scale) {
  const block = emptyBlock(0, scale.centre.length + 1);
  addRows(block, rows, scale);
  const { gram, moment, squares } = block;
  return { gram, moment, squares };
}

function random(shape: { n: number; columns: number }, value: (u: () => number) => number): [Given, Scale] {
  const { n, columns } = shape;
  const u = uniformOf(String(7 * n + columns).padStart(64, "0"));
  const dense = Float32Array.from({ length: n * columns }, () => value(u));
  const steps = Int16Array.from({ length: n }, () => Math.round(8190 * u() - 4095));
  const centre = Float32Array.from({ length: columns }, () => 2 * u() - 1);
  const scale = Float32Array.from({ length: columns }, () => (u() < 0.1 ? 0 : 3 * u()));
  return [
    { n, dense, steps },
    { centre, scale, rewardUnit: 2 ** -10 },
  ];
}

describe("a batch of rows", () => {
  test.each([
    [1, 1],
    [16, 4],
    [17, 3],
    [64, 5],
    [65, 64],
    [511, 7],
    [BATCH_ROWS, 8],
    [BATCH_ROWS + 1, 66],
    [1500, 161],
    [3, 0],
  ])("of %i rows and %i columns has the sums of its rows one by one, bit for bit", (n, columns) => {
    const [rows, scale] = random({ n, columns }, (u) => 6 * u() - 3);
    expect(byBatch(rows, scale)).toEqual(oneByOne(rows, scale));
  });

  test("of nothing but the largest integers stays exact", () => {
    const [rows, scale] = random({ n: BATCH_ROWS, columns: 5 }, () => 3e38);
    const extreme = { ...rows, steps: new Int16Array(BATCH_ROWS).fill(-4095) };
    expect(byBatch(extreme, scale)).toEqual(oneByOne(extreme, scale));
  });

  test("leaves nothing behind for the next of another width", () => {
    for (const columns of [9, 2, 33, 9]) {
      const [rows, scale] = random({ n: 40, columns }, (u) => 10 * u());
      expect(byBatch(rows, scale)).toEqual(oneByOne(rows, scale));
    }
  });

  test("rounds every value as one row does, next to halves too", () => {
    const near = fc
      .record({ half: fc.integer({ min: -8200, max: 8200 }), ulps: fc.integer({ min: -3, max: 3 }) })
      .map(({ half, ulps }) => neighbour(half / 2 / 1023, ulps));
    const any = fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), near);
    const identity = { centre: new Float32Array(4), scale: new Float32Array(4).fill(1), rewardUnit: 1 };
    fc.assert(
      fc.property(fc.array(fc.tuple(any, any, near, near), { minLength: 1, maxLength: 40 }), (values) => {
        const n = values.length;
        const rows = { n, dense: Float32Array.from(values.flat()), steps: new Int16Array(n).fill(1) };
        expect(byBatch(rows, identity)).toEqual(oneByOne(rows, identity));
      }),
      { numRuns: 300 },
    );
  });
});

/** The float32 that is `ulps` steps from x. */
function neighbour(x: number, ulps: number): number {
  const float = Float32Array.of(x);
  new Int32Array(float.buffer)[0] += ulps;
  return Number.isFinite(float[0]) ? float[0] : 0;
}
