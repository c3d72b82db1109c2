/**
 * Plain values with maps and typed arrays ↔ bytes: `u32 head length | head: JSON | arrays, each at a multiple of 8`.
 * Equal values give equal bytes (maps keep their order), so a digest of the bytes is a digest of the value.
 */
import { BrigandError } from "../errors.ts";

type TypedArray = Float64Array | Float32Array | Int32Array;

/** Objects with one key that begins with "$" stand for what JSON lacks; `$o` is an object that has such keys itself. */
const kinds = { $f64: Float64Array, $f32: Float32Array, $i32: Int32Array } as const;

/** Cost: linear. @throws CB_SNAPSHOT_INVALID for functions and class instances other than Map, Set and typed arrays. */
export function packTree(value: unknown): Uint8Array {
  const arrays: TypedArray[] = [];
  let bytes = 0;
  const reserve = (array: TypedArray): number => {
    const offset = bytes;
    arrays.push(array);
    bytes += Math.ceil(array.byteLength / 8) * 8;
    return offset;
  };
  const head = new TextEncoder().encode(JSON.stringify(plain(value, reserve)));
  const start = Math.ceil((4 + head.byteLength) / 8) * 8;
  const packed = new Uint8Array(start + bytes);
  new DataView(packed.buffer).setUint32(0, head.byteLength, true);
  packed.set(head, 4);
  let offset = start;
  for (const array of arrays) {
    packed.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset);
    offset += Math.ceil(array.byteLength / 8) * 8;
  }
  return packed;
}

/** The value again, with arrays of its own. @throws CB_SNAPSHOT_INVALID */
export function unpackTree(packed: Uint8Array): unknown {
  try {
    const copy = packed.slice();
    const length = new DataView(copy.buffer).getUint32(0, true);
    const start = Math.ceil((4 + length) / 8) * 8;
    return revive(JSON.parse(new TextDecoder().decode(copy.subarray(4, 4 + length))), copy.buffer, start);
  } catch (cause) {
    throw new BrigandError("CB_SNAPSHOT_INVALID", { problem: String(cause) }, undefined, { cause });
  }
}

function plain(value: unknown, reserve: (array: TypedArray) => number): unknown {
  if (typeof value === "number") {
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
    return { $n: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.from(value, (item) => (item === undefined ? { $u: 1 } : plain(item, reserve)));
  if (value instanceof Map) return { $m: [...value].map(([key, item]) => [key, plain(item, reserve)]) };
  if (value instanceof Set) return { $s: [...value] };
  for (const [name, kind] of Object.entries(kinds)) {
    if (value instanceof kind) return { [name]: [reserve(value), value.length] };
  }
  const entries = Object.entries(value).map(([key, item]) => [key, plain(item, reserve)]);
  return entries.some(([key]) => String(key).startsWith("$")) ? { $o: entries } : Object.fromEntries(entries);
}

function revive(value: unknown, buffer: ArrayBuffer, start: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => revive(item, buffer, start));
  const [first] = Object.keys(value);
  if (first?.startsWith("$") === true) return special(value as Record<string, unknown>, first, { buffer, start });
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item, buffer, start)]));
}

function special(
  value: Record<string, unknown>,
  name: string,
  { buffer, start }: { buffer: ArrayBuffer; start: number },
): unknown {
  const content = value[name];
  if (name === "$n") return Number(content);
  if (name === "$u") return undefined;
  if (name === "$s") return new Set(content as unknown[]);
  if (name === "$m") {
    return new Map((content as [unknown, unknown][]).map(([key, item]) => [key, revive(item, buffer, start)]));
  }
  if (name === "$o") {
    return Object.fromEntries(
      (content as [string, unknown][]).map(([key, item]) => [key, revive(item, buffer, start)]),
    );
  }
  const [offset, length] = content as [number, number];
  if (name === "$f64") return new Float64Array(buffer.slice(start + offset, start + offset + length * 8));
  if (name === "$f32") return new Float32Array(buffer.slice(start + offset, start + offset + length * 4));
  return new Int32Array(buffer.slice(start + offset, start + offset + length * 4));
}
