import { expect, test } from "vitest";
import { uniformOf } from "../../../src/core/math/random.ts";
import {
  addRow,
  type Block,
  compactBlocks,
  discountBlocks,
  emptyBlock,
  mergeBlocks,
  widenBlock,
} from "../../../training/learner/blocks.ts";

const ORDER = 4;

function blockOf(rows: number, from: number, seed = from): Block {
  const uniform = uniformOf(String(seed + 1).padStart(64, "0"));
  const block = emptyBlock(from, ORDER);
  for (let i = 0; i < rows; i++) {
    const q = Float64Array.from({ length: ORDER }, () => Math.round(8190 * uniform() - 4095));
    addRow(block, q, Math.round(8190 * uniform() - 4095), 1);
  }
  return block;
}

const sumsOf = ({ gram, moment, squares, n }: Block) => ({ gram, moment, squares, n });

test("two blocks merged are what one pass over both gives, bit for bit, in any order", () => {
  const one = emptyBlock(0, ORDER);
  const [a, b] = [emptyBlock(0, ORDER), emptyBlock(1, ORDER)];
  const uniform = uniformOf("7".padStart(64, "0"));
  for (let i = 0; i < 1000; i++) {
    const q = Float64Array.from({ length: ORDER }, () => Math.round(8190 * uniform() - 4095));
    const reward = Math.round(8190 * uniform() - 4095);
    addRow(one, q, reward, 1);
    addRow(uniform() < 0.3 ? a : b, q, reward, 1);
  }
  expect(sumsOf(mergeBlocks(a, b))).toEqual(sumsOf(one));
  expect(sumsOf(mergeBlocks(b, a))).toEqual(sumsOf(one));
});

test("no row is lost however the sizes of neighbours mix", () => {
  const blocks: Block[] = [];
  const sizes = [16, 8, 16, 16, 8, 40, 16, 8, 2, 16, 8, 8, 16, 100, 8, 8, 8, 16, 8, 8];
  const all = sizes.map((size, i) => blockOf(size, i));
  for (const block of all) {
    blocks.push(block);
    compactBlocks(blocks, 8);
    expect(blocks.every((next, i) => i === 0 || next.from > blocks[i - 1].to)).toBe(true);
  }
  expect(sumsOf(blocks.reduce(mergeBlocks))).toEqual(sumsOf(all.reduce(mergeBlocks)));
  expect(blocks.length).toBeLessThan(all.length);
});

test("the number of blocks grows with the logarithm of the rows", () => {
  const blocks: Block[] = [];
  for (let i = 0; i < 4096; i++) {
    blocks.push({ ...emptyBlock(i, 1), n: 8 });
    compactBlocks(blocks, 8);
  }
  expect(blocks.length).toBeLessThanOrEqual(4 * 12);
  expect(blocks.reduce((rows, { n }) => rows + n, 0)).toBe(8 * 4096);
});

test("a wider block holds the same sums and zeros beside them", () => {
  const block = blockOf(50, 0);
  const before = structuredClone(block);
  widenBlock(block, ORDER + 2);
  expect(block.gram.slice(0, before.gram.length)).toEqual(before.gram);
  expect(block.moment).toEqual(Float64Array.from([...before.moment, 0, 0]));
  expect([...block.gram.slice(before.gram.length)].every((sum) => sum === 0)).toBe(true);
});

test("the largest integers of a million rows add up exactly", () => {
  const block = emptyBlock(0, 1);
  const q = Float64Array.of(4095);
  for (let i = 0; i < 1_000_000; i++) addRow(block, q, -4095, 1);
  expect(block.gram[0]).toBe(4095 * 4095 * 1_000_000);
  expect(block.moment[0]).toBe(-4095 * 4095 * 1_000_000);
});

test("rows from before a change count together as said, their sums stand, and they never mix with later ones", () => {
  const old = [blockOf(4096, 0), blockOf(1024, 10), blockOf(16, 20)];
  const blocks = discountBlocks(old, 512);
  expect(blocks.reduce((sum, { n, weight }) => sum + n * weight, 0)).toBeCloseTo(512, 9);
  expect(blocks.map(sumsOf)).toEqual(old.map(sumsOf));
  for (let at = 30; at < 300; at += 10) {
    blocks.push(blockOf(512, at));
    compactBlocks(blocks, 512);
  }
  expect(blocks.slice(0, 3).map(sumsOf)).toEqual(old.map(sumsOf));
  expect(blocks.slice(3).every(({ weight }) => weight === 1)).toBe(true);
  expect(blocks.length).toBeLessThan(3 + 16);
  const again = discountBlocks(blocks, 512);
  expect(again.every(({ n, weight }) => n * weight >= 1)).toBe(true);
});

test("a discount at least halves what was there", () => {
  expect(discountBlocks([blockOf(100, 0)], 512).map(({ weight }) => weight)).toEqual([0.5]);
});
