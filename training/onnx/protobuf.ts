/**
 * The part of protobuf's wire format that writing an ONNX file needs. Fields are written in the
 * order they are given and no maps exist here, so equal values give equal bytes.
 * Source: protobuf.dev/programming-guides/encoding.
 */

const WIRE_VARINT = 0;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;
const utf8 = new TextEncoder();

/** Base-128 varint of a safe integer ≥ 0 (negative int64 values never occur in our files). Throws RangeError otherwise. */
export function varint(value: number): Uint8Array {
  if (!(Number.isSafeInteger(value) && value >= 0))
    throw new RangeError(`varint of ${value}: a safe integer >= 0 was expected`);
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Field with an integer ≥ 0: int64, int32 and enums. */
export function varintField(field: number, value: number): Uint8Array {
  return concat([tag(field, WIRE_VARINT), varint(value)]);
}

/** Length-delimited field: bytes, or a nested message that was encoded before. */
export function bytesField(field: number, value: Uint8Array): Uint8Array {
  return concat([tag(field, WIRE_BYTES), varint(value.length), value]);
}

/** Text field in UTF-8. */
export function textField(field: number, value: string): Uint8Array {
  return bytesField(field, utf8.encode(value));
}

/** 32-bit little-endian float field. */
export function floatField(field: number, value: number): Uint8Array {
  const fixed = new Uint8Array(4);
  new DataView(fixed.buffer).setFloat32(0, value, true);
  return concat([tag(field, WIRE_FIXED32), fixed]);
}

/** The bytes one after the other: a message is the concatenation of its fields. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function tag(field: number, wire: number): Uint8Array {
  return varint(field * 8 + wire);
}
