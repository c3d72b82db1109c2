/** xoshiro256** from its published definition, on BigInt, and far ahead by linear algebra: nothing shared with src. */

const MASK = 2n ** 64n - 1n;
const rotl = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (64n - k))) & MASK;

type State = readonly [bigint, bigint, bigint, bigint];

function after([a, b, c, d]: State): State {
  const e = c ^ a;
  const f = d ^ b;
  return [a ^ f, b ^ e, e ^ ((b << 17n) & MASK), rotl(f, 45n)];
}

function stateOf(seed: string): State {
  const [a, b, c, d] = [0, 16, 32, 48].map((at) => BigInt(`0x${seed.slice(at, at + 16)}`));
  return [a, b, c, d];
}

function wordsFrom(start: State): () => bigint {
  let state = start;
  return () => {
    const result = (rotl((state[1] * 5n) & MASK, 7n) * 9n) & MASK;
    state = after(state);
    return result;
  };
}

/** The outputs from the seed on. */
export function reference(seed: string): () => bigint {
  return wordsFrom(stateOf(seed));
}

/** The outputs 2^128 steps ahead: the step is linear over bits, so its matrix is squared 128 times. */
export function farReference(seed: string): () => bigint {
  far ??= farMatrix();
  return wordsFrom(unpacked(times(far, packed(stateOf(seed)))));
}

/** Column i is the image of bit i. */
type Matrix = readonly bigint[];
let far: Matrix | undefined;

function farMatrix(): Matrix {
  let matrix: Matrix = Array.from({ length: 256 }, (_, i) => packed(after(unpacked(1n << BigInt(i)))));
  for (let squared = 0; squared < 128; squared++) matrix = matrix.map((column) => times(matrix, column));
  return matrix;
}

function times(matrix: Matrix, vector: bigint): bigint {
  const bits = vector.toString(2);
  let sum = 0n;
  for (let i = 0; i < bits.length; i++) if (bits[bits.length - 1 - i] === "1") sum ^= matrix[i];
  return sum;
}

function packed([a, b, c, d]: State): bigint {
  return a | (b << 64n) | (c << 128n) | (d << 192n);
}

function unpacked(x: bigint): State {
  return [x & MASK, (x >> 64n) & MASK, (x >> 128n) & MASK, x >> 192n];
}
