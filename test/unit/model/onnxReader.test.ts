import { describe, expect, test } from "vitest";
import { type OnnxSummary, readOnnx } from "../../../src/core/model/onnxReader.ts";
import { checkSignature } from "../../../src/core/model/signature.ts";
import { type GraphSpec, modelBytes } from "../../../training/onnx/graph.ts";
import { exportLinearModel } from "../../../training/onnx/linearModel.ts";
import { bytesField, concat, textField, varintField } from "../../../training/onnx/protobuf.ts";
import { exportSeedModel } from "../../../training/onnx/seedModel.ts";
import { signature } from "../../../training/onnx/signature.ts";
import { parametersOf, uniform } from "./fixtures.ts";

const read = (bytes: Uint8Array): OnnxSummary => readOnnx(bytes, { bytesMax: 1_000_000 });
const opset = bytesField(8, concat([textField(1, ""), varintField(2, 21)]));

/** A model whose graph has these fields. */
function withGraph(...fields: Uint8Array[]): Uint8Array {
  return concat([varintField(1, 10), bytesField(7, concat(fields)), opset]);
}

function graph(changes: Partial<GraphSpec>): Uint8Array {
  return modelBytes({ name: "test", ...signature(3), constants: [], nodes: [], ...changes });
}

function code(task: () => unknown): unknown {
  try {
    task();
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
  return "nothing was thrown";
}

describe("readOnnx", () => {
  test("tells what a linear model is", () => {
    const summary = read(exportLinearModel(parametersOf(3)));
    expect(summary).toMatchObject({ irVersion: 10, producer: "brigand", opset: 21 });
    expect(summary.inputs[0]).toEqual({ name: "dense", type: "float32", shape: ["n", 3] });
    expect(summary.outputs.map(({ name }) => name)).toEqual(["mean", "variance"]);
    expect(summary.initializers.find(({ name }) => name === "factor")?.shape).toEqual([3, 3]);
  });

  test("refuses a file cut at any place", () => {
    const bytes = exportLinearModel(parametersOf(3));
    for (let length = 0; length < bytes.length; length++)
      expect(code(() => read(bytes.subarray(0, length)))).toBe("CB_MODEL_MALFORMED");
  });

  test("answers a changed byte with a coded error or a model, never with another error", () => {
    const bytes = exportLinearModel(parametersOf(3));
    const next = uniform(7);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] = Math.floor(128 + 128 * next());
      expect(String(code(() => read(changed)))).toMatch(/^(CB_MODEL_|nothing)/);
    }
  });

  test("refuses what is larger than the limit", () => {
    expect(code(() => readOnnx(exportSeedModel(), { bytesMax: 10 }))).toBe("CB_MODEL_TOO_LARGE");
  });

  test("refuses external data, by location or by entry", () => {
    const tensor = [varintField(1, 1), varintField(2, 1), textField(8, "weights")];
    const entry = bytesField(13, concat([textField(1, "location"), textField(2, "../secret")]));
    expect(code(() => read(withGraph(bytesField(5, concat([...tensor, entry])))))).toBe("CB_MODEL_EXTERNAL_DATA");
    expect(code(() => read(withGraph(bytesField(5, concat([...tensor, varintField(14, 1)])))))).toBe(
      "CB_MODEL_EXTERNAL_DATA",
    );
  });

  test("refuses unknown operators, other domains and functions", () => {
    const node = (...fields: Uint8Array[]) => withGraph(bytesField(1, concat(fields)));
    expect(code(() => read(node(textField(4, "Loop"))))).toBe("CB_MODEL_OPERATOR_UNKNOWN");
    expect(code(() => read(node(textField(4, "Add"), textField(7, "com.microsoft"))))).toBe(
      "CB_MODEL_OPERATOR_UNKNOWN",
    );
    expect(
      code(() => read(concat([withGraph(), bytesField(8, concat([textField(1, "custom"), varintField(2, 1)]))]))),
    ).toBe("CB_MODEL_OPERATOR_UNKNOWN");
    expect(code(() => read(concat([withGraph(), bytesField(25, textField(1, "f"))])))).toBe("CB_MODEL_MALFORMED");
  });

  test("refuses subgraphs and tensors in attributes, sparse initializers and a second graph", () => {
    const attribute = (field: number) =>
      withGraph(
        bytesField(
          1,
          concat([
            textField(4, "Add"),
            bytesField(5, concat([textField(1, "a"), bytesField(field, new Uint8Array())])),
          ]),
        ),
      );
    for (const field of [5, 6, 10, 11, 22]) expect(code(() => read(attribute(field)))).toBe("CB_MODEL_MALFORMED");
    expect(code(() => read(withGraph(bytesField(15, new Uint8Array()))))).toBe("CB_MODEL_MALFORMED");
    expect(code(() => read(concat([withGraph(), bytesField(7, new Uint8Array())])))).toBe("CB_MODEL_MALFORMED");
  });

  test("refuses NaN and Infinity among the values", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(code(() => read(graph({ constants: [{ name: "w", shape: [2], data: Float32Array.of(1, value) }] })))).toBe(
        "CB_MODEL_NOT_FINITE",
      );
      expect(code(() => read(graph({ constants: [{ name: "w", shape: [2], data: Float64Array.of(1, value) }] })))).toBe(
        "CB_MODEL_NOT_FINITE",
      );
    }
  });

  test("refuses tensors whose bytes do not fit their shape", () => {
    expect(code(() => read(graph({ constants: [{ name: "w", shape: [3], data: Float32Array.of(1, 2) }] })))).toBe(
      "CB_MODEL_MALFORMED",
    );
    expect(
      code(() => read(graph({ constants: [{ name: "w", shape: [2 ** 40, 2 ** 12], data: Float32Array.of(1) }] }))),
    ).toBe("CB_MODEL_MALFORMED");
  });

  test("refuses IR versions and operator sets that the runtime does not take", () => {
    const graphField = bytesField(7, new Uint8Array());
    expect(code(() => read(concat([varintField(1, 14), graphField, opset])))).toBe("CB_MODEL_MALFORMED");
    expect(code(() => read(concat([varintField(1, 10), graphField, bytesField(8, varintField(2, 27))])))).toBe(
      "CB_MODEL_MALFORMED",
    );
  });
});

describe("checkSignature", () => {
  test("takes the columns of the manifest and no others", () => {
    const summary = read(exportLinearModel(parametersOf(3)));
    expect(() => checkSignature(summary, 3)).not.toThrow();
    expect(code(() => checkSignature(summary, 4))).toBe("CB_MODEL_SIGNATURE_INVALID");
    expect(code(() => checkSignature(summary, 0))).toBe("CB_MODEL_SIGNATURE_INVALID");
    expect(() => checkSignature(read(exportSeedModel()), 0)).not.toThrow();
  });

  test("refuses missing, additional, fixed-size and differently typed inputs and outputs", () => {
    const { inputs, outputs } = signature(3);
    const wrong: Partial<GraphSpec>[] = [
      { inputs: inputs.slice(1) },
      { inputs: [...inputs, { name: "more", type: "float32", shape: ["n"] }] },
      { inputs: [...inputs.slice(0, 3), { name: "counts", type: "float32", shape: [10] }] },
      { inputs: [...inputs.slice(0, 3), { name: "counts", type: "float64", shape: ["n"] }] },
      { outputs: [outputs[0], { name: "variance", type: "float32", shape: ["n", "n"] }] },
    ];
    for (const change of wrong)
      expect(code(() => checkSignature(read(graph(change)), 3))).toBe("CB_MODEL_SIGNATURE_INVALID");
  });
});
