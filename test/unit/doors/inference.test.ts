import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inferAnswer } from "../../../src/core/doors/inference/inferAnswer.ts";
import { readInfer } from "../../../src/core/doors/inference/inferBody.ts";
import type { OnnxValue } from "../../../src/core/model/onnxTensor.ts";
import type { RawModel, RawTensor } from "../../../src/core/model/rawTensor.ts";
import { listen, memoryPorts, type TestServer } from "../server/fakes.ts";

const inputs: OnnxValue[] = [
  { name: "x", type: "float32", shape: ["n", 2] },
  { name: "k", type: "int64", shape: ["n"] },
];
const outputs: OnnxValue[] = [
  { name: "sum", type: "float32", shape: ["n"] },
  { name: "twice", type: "int64", shape: ["n"] },
];
const signature = { inputs, outputs };

/** Sums of rows, and k twice. */
const model: RawModel = {
  ...signature,
  run({ x, k }) {
    const n = k.shape[0];
    const data = Float32Array.from({ length: n }, (_, i) => Number(x.data[2 * i]) + Number(x.data[2 * i + 1]));
    const twice = BigInt64Array.from([...k.data].map((value) => 2n * BigInt(value)));
    return { sum: { type: "float32", shape: [n], data }, twice: { type: "int64", shape: [n], data: twice } };
  },
};
const x = { name: "x", datatype: "FP32", shape: [2, 2], data: [1, 2, 3, 4] };
const k = { name: "k", datatype: "INT64", shape: [2], data: [5, -6] };
const NO_BYTES = new Uint8Array(0);

describe("tensors of the protocol", () => {
  it("mean the same flat, nested and binary", () => {
    const flat = readInfer({ inputs: [x, k] }, NO_BYTES, signature);
    const nested = {
      ...x,
      data: [
        [1, 2],
        [3, 4],
      ],
    };
    expect(readInfer({ inputs: [nested, k] }, NO_BYTES, signature)).toEqual(flat);
    const bytes = Buffer.concat([
      Buffer.from(Float32Array.of(1, 2, 3, 4).buffer),
      Buffer.from(BigInt64Array.of(5n, -6n).buffer),
    ]);
    const tail = Buffer.concat([Buffer.from("odd"), bytes]).subarray(3);
    const sized = (tensor: object, size: number) => ({
      ...tensor,
      data: undefined,
      parameters: { binary_data_size: size },
    });
    expect(readInfer({ inputs: [sized(x, 16), sized(k, 16)] }, tail, signature)).toEqual(flat);
  });

  it("come back from their answer as they were, JSON or binary", () => {
    const property = fc.property(
      fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })),
      fc.boolean(),
      (values, binary) => {
        const data = Float32Array.from(values);
        const results: { [name: string]: RawTensor } = { sum: { type: "float32", shape: [data.length], data } };
        const asked = { id: "i", outputs: [{ name: "sum", binary }] };
        const { json, binary: parts } = inferAnswer(asked, { model: "m", version: 3, results });
        const [output] = JSON.parse(json).outputs;
        const back = binary ? new Float32Array(Uint8Array.from(parts[0]).buffer) : Float32Array.from(output.data);
        expect([...back].map((value) => value + 0)).toEqual([...data].map((value) => value + 0));
        if (binary) expect(output.parameters.binary_data_size).toBe(4 * data.length);
      },
    );
    fc.assert(property, { numRuns: 300, seed: 5 });
  });

  it.each<[string, unknown, Uint8Array, RegExp]>([
    ["a body that is text", "x", NO_BYTES, /The body must be an object/],
    [
      "an input that is not the model's",
      { inputs: [{ ...x, name: "z" }] },
      NO_BYTES,
      /inputs\[0\].name must be one of x, k/,
    ],
    ["an input twice", { inputs: [x, x] }, NO_BYTES, /the same again/],
    ["a missing input", { inputs: [x] }, NO_BYTES, /none named k/],
    ["another datatype", { inputs: [{ ...x, datatype: "FP64" }, k] }, NO_BYTES, /datatype must be FP32/],
    ["values fewer than the shape", { inputs: [{ ...x, shape: [2, 3] }, k] }, NO_BYTES, /6 values/],
    ["a shape of a million million", { inputs: [{ ...x, shape: [1e6, 1e6] }, k] }, NO_BYTES, /1000000000000 values/],
    ["a shape below 0", { inputs: [{ ...x, shape: [-1, 2] }, k] }, NO_BYTES, /whole numbers/],
    ["other columns", { inputs: [{ ...x, shape: [1, 4] }, k] }, NO_BYTES, /of 2 at axis 1/],
    ["sizes that disagree", { inputs: [x, { ...k, shape: [1], data: [1] }] }, NO_BYTES, /shape of k must be of 2/],
    ["half an integer", { inputs: [x, { ...k, data: [0.5, 1] }] }, NO_BYTES, /whole numbers up to 2\^53/],
    ["an integer beyond 2^53", { inputs: [x, { ...k, data: [2 ** 53, 1] }] }, NO_BYTES, /whole numbers up to 2\^53/],
    ["text for a number", { inputs: [{ ...x, data: ["1", 2, 3, 4] }, k] }, NO_BYTES, /made of numbers/],
    ["bytes that nobody asked for", { inputs: [x, k] }, Uint8Array.of(1), /The binary data must be 0 bytes/],
    ["an output that is not the model's", { inputs: [x, k], outputs: [{ name: "z" }] }, NO_BYTES, /one of sum, twice/],
    ["shared memory", { inputs: [{ ...x, parameters: { shared_memory_region: "r" } }, k] }, NO_BYTES, /not served/],
  ])("are refused: %s", (_, body, tail, message) => {
    expect(() => readInfer(body, tail, signature)).toThrow(message);
  });

  it("are not told in JSON where JSON has no word for them", () => {
    const told = (results: { [name: string]: RawTensor }, name: string) =>
      inferAnswer({ outputs: [{ name, binary: false }] }, { model: "m", version: 1, results });
    const nan = { sum: { type: "float32", shape: [1], data: Float32Array.of(Number.NaN) } } as const;
    expect(() => told(nan, "sum")).toThrow("binary data");
    const large = { twice: { type: "int64", shape: [1], data: BigInt64Array.of(2n ** 60n) } } as const;
    expect(() => told(large, "twice")).toThrow("binary data");
  });
});

describe("the door of the Open Inference Protocol", () => {
  let server: TestServer;
  beforeAll(async () => {
    const { ports } = memoryPorts();
    const models: typeof ports.models = {
      ...ports.models,
      current: (line, version) => ({ ...ports.models.current(line, version), raw: model }),
    };
    server = await listen({ ...ports, models });
    await server.send("PUT", "/v1/policies/home", "{}");
  });
  afterAll(() => server.close());

  it("answers what it is with and without a slash at the end", async () => {
    for (const path of ["/v2", "/v2/"]) {
      expect((await server.get(path)).body).toMatchObject({ name: "brigand", extensions: expect.any(Array) });
    }
    expect((await server.get("/v2/health/live")).body).toEqual({ live: true });
    expect((await server.get("/v2/health/ready")).body).toEqual({ ready: true, live: true });
  });

  it("describes and runs a model, by version too", async () => {
    expect((await server.get("/v2/models/home")).body).toEqual({
      ...{ name: "home", versions: ["3"], platform: "onnx_onnxv1" },
      inputs: [
        { name: "x", datatype: "FP32", shape: [-1, 2] },
        { name: "k", datatype: "INT64", shape: [-1] },
      ],
      outputs: [
        { name: "sum", datatype: "FP32", shape: [-1] },
        { name: "twice", datatype: "INT64", shape: [-1] },
      ],
    });
    for (const path of ["/v2/models/home/infer", "/v2/models/home/versions/3/infer"]) {
      const { status, body } = await server.post(path, { id: "7", inputs: [x, k] });
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          ...{ model_name: "home", model_version: "3", id: "7" },
          outputs: [
            { name: "sum", datatype: "FP32", shape: [2], data: [3, 7] },
            { name: "twice", datatype: "INT64", shape: [2], data: [10, -12] },
          ],
        },
      });
    }
  });

  it("says in {error} what is wrong", async () => {
    const cases = [
      await server.get("/v2/models/nobody"),
      await server.get("/v2/models/home/versions/9"),
      await server.get("/v2/models/home/versions/03"),
      await server.get("/v2/nothing"),
      await server.send("POST", "/v2/models/home/infer", "{"),
      await server.post("/v2/models/home/infer", { inputs: [] }),
      await server.post("/v2/repository/models/home/load", { parameters: { config: "{}" } }),
    ];
    expect(cases.map(({ status, body }) => [status, body.code])).toEqual([
      [404, "CB_POLICY_UNKNOWN"],
      [404, "CB_MODEL_VERSION_UNKNOWN"],
      [404, "CB_MODEL_VERSION_UNKNOWN"],
      [404, "CB_ROUTE_UNKNOWN"],
      [400, "CB_BODY_NOT_JSON"],
      [400, "CB_TENSOR_INVALID"],
      [403, "CB_DOOR_UNSUPPORTED"],
    ]);
    for (const { body } of cases) expect(Object.keys(body)).toEqual(["error", "code", "hint", "requestId"]);
    const headers = { "inference-header-content-length": "99" };
    const long = await fetch(`${server.url}/v2/models/home/infer`, { method: "POST", headers, body: "{}" });
    expect(await long.json()).toMatchObject({ code: "CB_TENSOR_INVALID" });
  });

  it("goes on ranking with a model that was unloaded", async () => {
    expect((await server.post("/v2/repository/models/home/unload", {})).status).toBe(200);
    expect(await server.get("/v2/models/home/ready")).toMatchObject({
      status: 400,
      body: { name: "home", ready: false },
    });
    expect((await server.get("/v2/models/home")).body.code).toBe("CB_MODEL_UNLOADED");
    const index = await server.send("POST", "/v2/repository/index", '{"ready": true}');
    expect(index.body).toEqual([]);
    const ranked = await server.post("/v1/rank", { policy: "home", items: [{ id: "a" }], timeoutMs: 60_000 });
    expect(ranked.body).toMatchObject({ served: "model", modelVersion: 3 });
    expect((await server.send("POST", "/v2/repository/models/home/load")).status).toBe(200);
    expect((await server.get("/v2/models/home/ready")).status).toBe(200);
  });
});
