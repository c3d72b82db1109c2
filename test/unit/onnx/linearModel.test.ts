import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, TensorProto_DataType } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { readOnnx } from "../../../src/core/model/onnxReader.ts";
import { tensorValues } from "../../../src/core/model/onnxTensor.ts";
import { exportLinearModel } from "../../../training/onnx/linearModel.ts";
import { parametersOf } from "../model/fixtures.ts";

const p = parametersOf(7);

describe("exportLinearModel", () => {
  test("gives the same bytes for the same parameters", () => {
    expect(exportLinearModel(parametersOf(33))).toEqual(exportLinearModel(parametersOf(33)));
  });

  test("is read by an independent reader of ONNX as what it is", () => {
    const model = fromBinary(ModelProtoSchema, exportLinearModel(p));
    expect(model.irVersion).toBe(10n);
    expect(model.producerName).toBe("brigand");
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([["", 21n]]);
    const graph = model.graph;
    expect(graph?.input.map(({ name }) => name)).toEqual(["dense", "averages", "group", "counts"]);
    expect(graph?.output.map(({ name }) => name)).toEqual(["mean", "variance"]);
    const weights = graph?.initializer.find(({ name }) => name === "weights");
    expect(weights?.dims).toEqual([7n, 1n]);
    expect(weights?.dataType).toBe(TensorProto_DataType.DOUBLE);
    const raw = Uint8Array.from(weights?.rawData ?? []);
    expect(new Float64Array(raw.buffer)).toEqual(p.weights);
  });

  test("agrees with the independent reader on every operator, tensor and shape", () => {
    const bytes = exportLinearModel(p);
    const ours = readOnnx(bytes, { bytesMax: bytes.length });
    const graph = fromBinary(ModelProtoSchema, bytes).graph;
    expect(ours.operators).toEqual(graph?.node.map(({ opType }) => opType));
    expect(ours.initializers.map(({ name, shape, raw }) => [name, shape.map(BigInt), Uint8Array.from(raw)])).toEqual(
      graph?.initializer.map(({ name, dims, rawData }) => [name, dims, Uint8Array.from(rawData)]),
    );
    expect(ours.inputs.map(({ name }) => name)).toEqual(graph?.input.map(({ name }) => name));
  });

  test("folds the noise into the factor", () => {
    const bytes = exportLinearModel(p);
    const factor = readOnnx(bytes, { bytesMax: bytes.length }).initializers.find(({ name }) => name === "factor");
    if (factor === undefined) throw new Error("no factor");
    expect([...tensorValues(factor)]).toEqual(
      Array.from(p.factor, (value) => Math.fround(value * Math.sqrt(p.sigma2))),
    );
  });

  test("refuses lengths that do not fit and numbers that are not finite", () => {
    expect(() => exportLinearModel({ ...p, weights: new Float64Array(6) })).toThrow(RangeError);
    expect(() => exportLinearModel({ ...p, factor: new Float64Array(7) })).toThrow(RangeError);
    expect(() => exportLinearModel({ ...p, intercept: Number.NaN })).toThrow(RangeError);
    expect(() => exportLinearModel({ ...p, sigma2: 0 })).toThrow(RangeError);
    expect(() => exportLinearModel({ ...p, weights: p.weights.map(() => 1e300) })).toThrow(RangeError);
  });
});
