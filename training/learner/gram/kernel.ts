/**
 * The two loops of a batch of rows, as WebAssembly SIMD: raw float32 rows → integers of 12 bits and a sign, and their
 * products summed over rows. Both are exact, so a batch gives the very sums that its rows give one by one.
 *
 * Integers lie column by column, `BATCH_ROWS` of 16 bits a column. Eight rows of two columns are one instruction
 * (i32x4.dot_i16x8_s), whose lanes hold 2 · 4095² at most, so 64 of them fit 32 bits: 512 rows, then 64 bits take over.
 */
import { CLIP, UNIT } from "../scale.ts";
import {
  add,
  addToF64,
  type Code,
  get,
  i32,
  lessThan,
  load,
  loop,
  seq,
  set,
  shuffle,
  simd,
  splat,
  splatBits,
  store,
  sumOfLanes,
  times,
  type WasmFunction,
  wasmModule,
} from "./wasm.ts";

export const BATCH_ROWS = 512;
const COLUMN_BYTES = 2 * BATCH_ROWS;
/** Rows that one turn of a loop takes: batches are filled up to a multiple of it with rows of zeros. */
export const ROWS_A_TURN = 16;

const OP = {
  pmin: 0xea,
  pmax: 0xeb,
  f32Add: 0xe4,
  f32Sub: 0xe5,
  f32Mul: 0xe6,
  f32Less: 0x43,
  f32AtLeast: 0x46,
  i32Add: 0xae,
  i32Sub: 0xb1,
  dot: 0xba,
  narrow: 0x85,
  extendLow: 0xc7,
  extendHigh: 0xc8,
  i64Add: 0xce,
};

/** 1.5 · 2²³: added to a float32 of at most 2²², it leaves the nearest integer in the lowest bits. */
const MAGIC = 12_582_912;
const MAGIC_BITS = 0x4b400000;

/**
 * quantise(rows, rowBytes, centre, scale, out, groups, end): columns 4·g … 4·g + 3 of 8 rows at a time, from `rows` up
 * to `end` (an address of the first column). `out` is the place of the first row in the first column.
 */
function quantiseFunction(): WasmFunction {
  const [rows, rowBytes, centre, scale, out, groups, end] = [0, 1, 2, 3, 4, 5, 6];
  const [from, to] = [7, 8];
  const [c, s, phi, p, k, d] = [9, 10, 11, 12, 13, 14];
  const integers = [15, 16, 17, 18, 19, 20, 21, 22];
  const eightRows = integers.flatMap((local) =>
    seq(
      set(phi, simd(OP.f32Mul, simd(OP.f32Sub, load(get(from), 0), get(c)), get(s))),
      set(phi, simd(OP.pmax, simd(OP.pmin, get(phi), splat(CLIP)), splat(-CLIP))),
      set(local, rounded({ phi, p, k, d })),
      set(from, add(get(from), get(rowBytes))),
    ),
  );
  const group = seq(
    set(c, load(get(centre), 0)),
    set(s, load(get(scale), 0)),
    set(from, get(rows)),
    set(to, get(out)),
    loop(seq(eightRows, transposed(integers, to), set(to, add(get(to), i32(16)))), lessThan(get(from), get(end))),
    set(rows, add(get(rows), i32(16))),
    set(end, add(get(end), i32(16))),
    set(centre, add(get(centre), i32(16))),
    set(scale, add(get(scale), i32(16))),
    set(out, add(get(out), i32(4 * COLUMN_BYTES))),
    set(groups, add(get(groups), i32(-1))),
  );
  return { name: "quantise", parameters: 7, integers: 2, vectors: 14, body: loop(group, get(groups)) };
}

/**
 * floor(φ · UNIT + ½), exactly, in float32: p = 1024 φ is exact, k is near p − φ, and whether k is the nearest is asked
 * of d = p − k, which is exact too: −½ ≤ d − φ < ½.
 */
function rounded({ phi, p, k, d }: { phi: number; p: number; k: number; d: number }): Code {
  const half = splat(0.5);
  const up = simd(OP.f32AtLeast, simd(OP.f32Sub, get(d), half), get(phi));
  const down = simd(OP.f32Less, simd(OP.f32Add, get(d), half), get(phi));
  return seq(
    set(p, simd(OP.f32Mul, get(phi), splat(UNIT + 1))),
    set(k, simd(OP.f32Add, simd(OP.f32Sub, get(p), get(phi)), splat(MAGIC))),
    set(d, simd(OP.f32Sub, get(p), simd(OP.f32Sub, get(k), splat(MAGIC)))),
    simd(OP.i32Add, simd(OP.i32Sub, simd(OP.i32Sub, get(k), splatBits(MAGIC_BITS)), up), down),
  );
}

/** Eight rows of four columns, 32 bits a value → at `to` four columns of eight rows, 16 bits a value. */
function transposed(rows: readonly number[], to: number): Code {
  /** Four rows → in the first local columns 0 and 1, in the third 2 and 3: rows (0, 1) and (2, 3) of each side by side. */
  const fours = ([r0, r1, r2, r3]: readonly number[]) =>
    seq(
      set(r0, simd(OP.narrow, get(r0), get(r2))),
      set(r1, simd(OP.narrow, get(r1), get(r3))),
      set(r2, shuffle(get(r0), get(r1), HIGH_16)),
      set(r3, shuffle(get(r0), get(r1), LOW_16)),
      set(r0, shuffle(get(r3), get(r2), LOW_32)),
      set(r2, shuffle(get(r3), get(r2), HIGH_32)),
    );
  const column = (k: number) => {
    const [low, high] = k < 2 ? [rows[0], rows[4]] : [rows[2], rows[6]];
    return store(get(to), k * COLUMN_BYTES, shuffle(get(low), get(high), k % 2 === 0 ? LOW_64 : HIGH_64));
  };
  return seq(fours(rows.slice(0, 4)), fours(rows.slice(4)), ...[0, 1, 2, 3].map(column));
}

const LOW_16 = [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23];
const HIGH_16 = [8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31];
const LOW_32 = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
const HIGH_32 = [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31];
const LOW_64 = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const HIGH_64 = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];

/**
 * sums(columns, end, rowsBytes, out, outBytes): for columns 4·a … 4·a + 3 from `columns` to `end` and all before and
 * among them, two at a time, out[i][j] += Σ q·q over `rowsBytes` / 2 rows. `out` is float64, `outBytes` a row.
 */
function sumsFunction(): WasmFunction {
  const [columns, end, rowsBytes, out, outBytes] = [0, 1, 2, 3, 4];
  const [left, right, cell, row, turn, place] = [5, 6, 7, 8, 9, 10];
  const sums = [11, 12, 13, 14, 15, 16, 17, 18];
  const [r0, r1, l] = [19, 20, 21];
  const step = (offset: number) =>
    seq(
      set(r0, load(get(right), offset)),
      set(r1, load(get(right), offset + COLUMN_BYTES)),
      ...[0, 1, 2, 3].map((i) =>
        seq(
          set(l, load(get(left), offset + i * COLUMN_BYTES)),
          set(sums[2 * i], simd(OP.i32Add, get(sums[2 * i]), simd(OP.dot, get(l), get(r0)))),
          set(sums[2 * i + 1], simd(OP.i32Add, get(sums[2 * i + 1]), simd(OP.dot, get(l), get(r1)))),
        ),
      ),
    );
  const wide = (v: number) => simd(OP.i64Add, simd(OP.extendLow, get(v)), simd(OP.extendHigh, get(v)));
  const finish = (i: number) =>
    seq(
      set(sums[2 * i], wide(sums[2 * i])),
      set(sums[2 * i + 1], wide(sums[2 * i + 1])),
      addToF64(get(place), 0, sumOfLanes(get(sums[2 * i]))),
      addToF64(get(place), 8, sumOfLanes(get(sums[2 * i + 1]))),
      set(place, add(get(place), get(outBytes))),
    );
  const two = seq(
    ...sums.map((v) => set(v, splatBits(0))),
    set(turn, add(get(left), get(rowsBytes))),
    loop(
      seq(step(0), step(16), set(left, add(get(left), i32(32))), set(right, add(get(right), i32(32)))),
      lessThan(get(left), get(turn)),
    ),
    set(place, get(cell)),
    ...[0, 1, 2, 3].map(finish),
    set(cell, add(get(cell), i32(16))),
    set(left, add(get(left), times(get(rowsBytes), i32(-1)))),
    set(right, add(add(get(right), times(get(rowsBytes), i32(-1))), i32(2 * COLUMN_BYTES))),
  );
  const four = seq(
    set(cell, get(row)),
    set(right, get(columns)),
    loop(two, lessThan(get(right), add(get(left), i32(4 * COLUMN_BYTES)))),
    set(row, add(get(row), times(get(outBytes), i32(4)))),
    set(left, add(get(left), i32(4 * COLUMN_BYTES))),
  );
  const body = seq(set(left, get(columns)), set(row, get(out)), loop(four, lessThan(get(left), get(end))));
  return { name: "sums", parameters: 5, integers: 6, vectors: 11, body };
}

export const kernelBytes = (): Uint8Array<ArrayBuffer> => wasmModule([quantiseFunction(), sumsFunction()]);
