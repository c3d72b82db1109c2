/**
 * A reader of protobuf's wire format for bytes nobody has vouched for: every length is checked against what is left,
 * groups and over-long varints are refused, nothing is copied. Source: protobuf.dev/programming-guides/encoding.
 */

/** One field: `bytes` for length-delimited, fixed32 and fixed64 fields, `value` for varints. */
export type WireField =
  | { readonly number: number; readonly kind: "varint"; readonly value: number }
  | { readonly number: number; readonly kind: "bytes" | "fixed32" | "fixed64"; readonly bytes: Uint8Array };

/** Thrown with the reason in words; `onnxReader.ts` turns it into a coded error. */
export class WireError extends Error {}

const text = new TextDecoder("utf-8", { fatal: true });

/** All fields of a message in order. Cost: one pass over the tags; nested messages stay bytes. @throws WireError */
export function readFields(message: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  while (at < message.length) {
    const tag = readVarint(message, at);
    const number = Math.floor(tag.value / 8);
    if (number === 0) throw new WireError("a field has number 0");
    const field = readValue(message, { at: tag.next, number, wire: tag.value % 8 });
    fields.push(field.field);
    at = field.next;
  }
  return fields;
}

/** UTF-8 text of a length-delimited field. @throws WireError */
export function readText(field: WireField): string {
  try {
    return text.decode(readBytes(field));
  } catch (error) {
    if (error instanceof WireError) throw error;
    throw new WireError(`field ${field.number} is not UTF-8`);
  }
}

/** @throws WireError when the field is not length-delimited. */
export function readBytes(field: WireField): Uint8Array {
  if (field.kind !== "bytes") throw new WireError(`field ${field.number} should be length-delimited`);
  return field.bytes;
}

/** @throws WireError when the field is not a varint or beyond 2^53. */
export function readInteger(field: WireField): number {
  if (field.kind !== "varint") throw new WireError(`field ${field.number} should be a varint`);
  if (!Number.isSafeInteger(field.value)) throw new WireError(`field ${field.number} is out of range`);
  return field.value;
}

/** Integers of a repeated field, packed or not. @throws WireError */
export function readIntegers(fields: readonly WireField[]): number[] {
  return fields.flatMap((field) => {
    if (field.kind === "varint") return [readInteger(field)];
    const packed = readBytes(field);
    const values: number[] = [];
    for (let at = 0; at < packed.length; ) {
      const { value, next } = readVarint(packed, at);
      if (!Number.isSafeInteger(value)) throw new WireError(`field ${field.number} is out of range`);
      values.push(value);
      at = next;
    }
    return values;
  });
}

function readValue(
  message: Uint8Array,
  { at, number, wire }: { readonly at: number; readonly number: number; readonly wire: number },
): { field: WireField; next: number } {
  if (wire === 0) {
    const { value, next } = readVarint(message, at);
    return { field: { number, kind: "varint", value }, next };
  }
  if (wire === 1) return { field: { number, kind: "fixed64", bytes: take(message, at, 8) }, next: at + 8 };
  if (wire === 5) return { field: { number, kind: "fixed32", bytes: take(message, at, 4) }, next: at + 4 };
  if (wire !== 2) throw new WireError(`wire type ${wire} is not used by ONNX`);
  const length = readVarint(message, at);
  return {
    field: { number, kind: "bytes", bytes: take(message, length.next, length.value) },
    next: length.next + length.value,
  };
}

function take(message: Uint8Array, from: number, length: number): Uint8Array {
  if (!(from + length <= message.length))
    throw new WireError(`${length} bytes were announced at ${from}, ${message.length - from} are left`);
  return message.subarray(from, from + length);
}

/** Up to ten bytes; values beyond 2^53 (negative numbers) come out inexact and are refused by whoever needs them. */
function readVarint(message: Uint8Array, from: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let at = from; at < from + 10; at++) {
    if (at >= message.length) throw new WireError("the bytes end inside a number");
    value += (message[at] & 127) * scale;
    if (message[at] < 128) return { value, next: at + 1 };
    scale *= 128;
  }
  throw new WireError("a number is longer than ten bytes");
}
