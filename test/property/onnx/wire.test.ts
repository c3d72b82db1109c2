import fc from "fast-check";
import { expect, test } from "vitest";
import { readBytes, readFields, readInteger, readIntegers, readText, WireError } from "../../../src/core/model/wire.ts";
import { bytesField, concat, floatField, textField, varintField } from "../../../training/onnx/protobuf.ts";

const number = fc.integer({ min: 1, max: 2 ** 29 - 1 });
const field = fc.oneof(
  fc.record({ kind: fc.constant("varint" as const), number, value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant("text" as const), number, value: fc.string({ unit: "grapheme" }) }),
  fc.record({ kind: fc.constant("bytes" as const), number, value: fc.uint8Array() }),
  fc.record({ kind: fc.constant("float" as const), number, value: fc.float() }),
);

test("what is written is read back, field by field", () => {
  fc.assert(
    fc.property(fc.array(field), (fields) => {
      const message = concat(
        fields.map((f) => {
          if (f.kind === "varint") return varintField(f.number, f.value);
          if (f.kind === "text") return textField(f.number, f.value);
          return f.kind === "bytes" ? bytesField(f.number, f.value) : floatField(f.number, f.value);
        }),
      );
      const read = readFields(message);
      expect(read.map((f) => f.number)).toEqual(fields.map((f) => f.number));
      fields.forEach((f, index) => {
        if (f.kind === "varint") expect(readInteger(read[index])).toBe(f.value);
        if (f.kind === "text") expect(readText(read[index])).toBe(f.value);
        if (f.kind === "bytes") expect(readBytes(read[index])).toEqual(f.value);
        if (f.kind === "float") expect(read[index].kind).toBe("fixed32");
      });
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("a list of integers is the same packed and unpacked", () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat()), (values) => {
      const unpacked = concat(values.map((value) => varintField(1, value)));
      const packed = bytesField(1, concat(values.map((value) => varintField(1, value).subarray(1))));
      expect(readIntegers(readFields(unpacked))).toEqual(values);
      expect(readIntegers(readFields(packed))).toEqual(values);
    }),
    { seed: 2, numRuns: 200 },
  );
});

test("any bytes are read or refused with a WireError, and never cost more than their length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        expect(readFields(bytes).length).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
    { seed: 3, numRuns: 2000 },
  );
});
