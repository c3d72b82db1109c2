import { decode, ExtData, encode } from "@msgpack/msgpack";
import { afterEach, describe, expect, it } from "vitest";
import { type DecisionRecord, RecordKind } from "../../../src/core/log/records.ts";
import { items, listen, memoryPorts, type TestServer } from "./fakes.ts";

const TYPE = "application/msgpack";
let server: TestServer | undefined;
afterEach(() => server?.close());

async function start() {
  const parts = memoryPorts();
  server = await listen(parts.ports);
  const lines = () =>
    parts.wal.records("home").filter((record): record is DecisionRecord => record.kind === RecordKind.decision);
  const declared = () => parts.wal.records("_catalogue").filter((record) => record.kind === RecordKind.item);
  const pack = (body: unknown) => server?.send("POST", "/v1/rank", Uint8Array.from(encode(body)), TYPE);
  const raw = (bytes: Uint8Array<ArrayBuffer>) => server?.send("POST", "/v1/rank", bytes, TYPE);
  return { server, lines, declared, pack, raw };
}

/** As float32 little-endian. */
function bytesOf(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

describe("a ranking asked for as MessagePack", () => {
  it("decides as the same body in JSON does: items, user, context and their features are the same", async () => {
    const { server, lines, pack } = await start();
    const body = {
      ...{ policy: "home", user: { id: "u1", features: { plan: "free" } }, context: { hour: 7.5, device: "phone" } },
      items: items(6).map((item, i) => ({ ...item, features: { price: i / 2, tags: ["a", `b${i}`] } })),
      slots: 3,
    };
    await server.post("/v1/rank", body);
    expect((await pack(body))?.status).toBe(200);
    const [json, packed] = lines();
    for (const key of ["subject", "context", "user", "items", "columns", "parameters"] as const)
      expect(packed[key]).toEqual(json[key]);
    expect(packed.candidates).toEqual(json.candidates);
  });

  it("reads the numbers of all items from one matrix, under what an item tells itself", async () => {
    const { server, lines, declared, pack } = await start();
    const values = [1, 2, 3, 4, 5, 6];
    const own = [{ id: "a0" }, { id: "a1", features: { size: 9 } }, { id: "a2" }];
    const told = own.map(({ id }, i) => ({
      id,
      features: { price: values[2 * i], size: i === 1 ? 9 : values[2 * i + 1] },
    }));
    for (let i = 0; i < 2; i++) {
      await server.post("/v1/rank", { policy: "home", items: told });
      await pack({ policy: "home", items: own, itemNumbers: { names: ["price", "size"], values: bytesOf(values) } });
    }
    const [, , json, packed] = lines();
    expect(packed.items).toEqual(json.items);
    expect(packed.candidates).toEqual(json.candidates);
    // What was the same was told once.
    expect(declared().map(({ item, features }) => ({ id: item, features }))).toEqual(told);
  });

  it("declares the items of a matrix to the catalogue, those that are ranked", async () => {
    const { declared, pack } = await start();
    const itemNumbers = { names: ["price"], values: bytesOf([1, 2, 3]) };
    await pack({ policy: "home", items: items(3), exclude: ["a1"], itemNumbers });
    expect(declared().map(({ item, features }) => [item, features])).toEqual([
      ["a0", { price: 1 }],
      ["a2", { price: 3 }],
    ]);
  });

  it("is answered in the form that the Accept header names", async () => {
    const { server } = await start();
    const headers = { "content-type": "application/json", accept: TYPE };
    const body = JSON.stringify({ policy: "home", items: items(3) });
    const response = await fetch(`${server.url}/v1/rank`, { method: "POST", body, headers });
    expect(response.headers.get("content-type")).toBe(TYPE);
    const answer = decode(new Uint8Array(await response.arrayBuffer()));
    expect(answer).toMatchObject({ policy: "home", served: "model", items: [{ position: 1 }, {}, {}] });
  });

  it("refuses what is wrong with a code, and takes the next one", async () => {
    const { pack, raw, lines } = await start();
    const good = { policy: "home", items: items(2) };
    const matrix = (names: unknown, values: unknown) => ({ ...good, itemNumbers: { names, values } });
    const nested = (depth: number) => Uint8Array.from([...new Array<number>(depth).fill(0x91), 0xc0]);
    const wrongs: [unknown, string][] = [
      [await raw(Uint8Array.from(encode(good).subarray(0, 20))), "CB_BODY_NOT_MSGPACK"],
      [await raw(Uint8Array.from([...encode(good), 1])), "CB_BODY_NOT_MSGPACK"],
      [await raw(Uint8Array.from([0xdd, 0xff, 0xff, 0xff, 0xff])), "CB_BODY_NOT_MSGPACK"],
      [await raw(Uint8Array.from([0x81, 0xa9, ...Buffer.from("__proto__"), 0x01])), "CB_BODY_NOT_MSGPACK"],
      [await raw(nested(100_000)), "CB_BODY_TOO_DEEP"],
      [await pack({ ...good, context: { at: new Date(0) } }), "CB_BODY_NOT_MSGPACK"],
      [await pack({ ...good, context: { x: new ExtData(5, Uint8Array.of(1)) } }), "CB_BODY_NOT_MSGPACK"],
      [await pack({ ...good, context: { x: Uint8Array.of(1) } }), "CB_BODY_NOT_MSGPACK"],
      [await pack({ ...good, context: { x: Number.NaN } }), "CB_BODY_INVALID"],
      [await pack({ ...good, unknown: 1 }), "CB_BODY_INVALID"],
      [await pack(matrix(["x"], bytesOf([1]))), "CB_BODY_INVALID"],
      [await pack(matrix(["x", "x"], bytesOf([1, 2, 3, 4]))), "CB_BODY_INVALID"],
      [await pack(matrix(["__proto__"], bytesOf([1, 2]))), "CB_BODY_INVALID"],
      [await pack(matrix([], bytesOf([]))), "CB_BODY_INVALID"],
      [await pack(matrix(["x"], bytesOf([1, Number.POSITIVE_INFINITY]))), "CB_BODY_INVALID"],
      [await pack(matrix(["x"], [1, 2])), "CB_BODY_INVALID"],
      [await pack({ ...good, itemNumbers: 3 }), "CB_BODY_INVALID"],
      [await pack({ policy: "home", itemNumbers: { names: ["x"], values: bytesOf([]) } }), "CB_BODY_INVALID"],
      [await pack([good]), "CB_BODY_INVALID"],
    ];
    for (const [answer, code] of wrongs) expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(lines()).toHaveLength(0);
    expect((await pack(good))?.status).toBe(200);
  });

  it("is the only form with a matrix: in JSON that field is unknown", async () => {
    const { server } = await start();
    const { status, body } = await server.post("/v1/rank", { policy: "home", items: items(2), itemNumbers: {} });
    expect([status, body.code]).toEqual([400, "CB_BODY_INVALID"]);
  });
});
