/**
 * WebAssembly modules from instructions as bytes: what a small kernel needs and no more (WebAssembly core specification
 * 2.0, section 5). Functions take and keep i32 and v128 values, return nothing, and share one exported memory.
 */

/** Bytes of instructions, in order. */
export type Code = readonly number[];

export interface WasmFunction {
  readonly name: string;
  /** Number of i32 parameters: locals 0 … parameters − 1. */
  readonly parameters: number;
  /** Further i32 locals, then v128 locals. */
  readonly integers: number;
  readonly vectors: number;
  readonly body: Code;
}

const I32 = 0x7f;
const V128 = 0x7b;

export const seq = (...parts: readonly Code[]): Code => parts.flat();
export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const i32 = (value: number): Code => [0x41, ...signed(value)];
export const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
export const times = (a: Code, b: Code): Code => [...a, ...b, 0x6c];
/** A SIMD instruction on what its operands leave on the stack. */
export const simd = (operation: number, ...operands: readonly Code[]): Code => [
  ...operands.flat(),
  0xfd,
  ...unsigned(operation),
];
/** Alignments are hints: 16 bytes are read wherever they lie. */
export const load = (address: Code, offset: number): Code => [...simd(0x00, address), 0, ...unsigned(offset)];
export const store = (address: Code, offset: number, value: Code): Code => [
  ...simd(0x0b, address, value),
  0,
  ...unsigned(offset),
];
/** f64 at address + offset += value. */
export const addToF64 = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...[...address, 0x2b, 0, ...unsigned(offset)],
  ...[...value, 0xa0, 0x39, 0],
  ...unsigned(offset),
];
export const splat = (value: number): Code => simd(0x0c).concat(bytesOf(Float32Array.of(value, value, value, value)));
export const splatBits = (value: number): Code => simd(0x0c).concat(bytesOf(Int32Array.of(value, value, value, value)));
export const shuffle = (a: Code, b: Code, lanes: readonly number[]): Code => simd(0x0d, a, b).concat(lanes);
/** Runs `body` once and again while `condition` (i32) leaves something other than 0. */
export const loop = (body: Code, condition: Code): Code => [0x03, 0x40, ...body, ...condition, 0x0d, 0x00, 0x0b];
export const lessThan = (a: Code, b: Code): Code => [...a, ...b, 0x49];
/** Sum of the two i64 lanes of a v128 local, as f64. */
export const sumOfLanes = (vector: Code): Code => [
  ...simd(0x1d, vector).concat(0),
  ...simd(0x1d, vector).concat(1),
  ...[0x7c, 0xb9],
];

/** A module whose memory is exported as "memory" and starts with one page. */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [0x60, ...vector(new Array(parameters).fill([I32])), 0]);
  const bodies = functions.map(({ integers, vectors, body }) => {
    const code = [2, ...unsigned(integers), I32, ...unsigned(vectors), V128, ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  const exported = [
    ...functions.map(({ name }, k) => [...text(name), 0x00, ...unsigned(k)]),
    [...text("memory"), 2, 0],
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(3, vector(functions.map((_, k) => unsigned(k)))),
    ...section(5, vector([[0, 1]])),
    ...section(7, vector(exported)),
    ...section(10, vector(bodies)),
  ]);
}

const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const vector = (elements: readonly Code[]): Code => [...unsigned(elements.length), ...elements.flat()];
const text = (value: string): Code => vector([...new TextEncoder().encode(value)].map((byte) => [byte]));
const bytesOf = ({ buffer }: Float32Array | Int32Array): Code => [...new Uint8Array(buffer)];

function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  return value >= -64 && value < 64 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
