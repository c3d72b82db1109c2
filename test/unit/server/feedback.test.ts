import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RecordKind } from "../../../src/core/log/records.ts";
import { items, listen, memoryPorts, type TestServer } from "./fakes.ts";

const NDJSON = "application/x-ndjson";
const timestamp = 1_700_000_000_000;
const item = (id: string) => ({
  event: "item",
  id: `e-${id}`,
  item: id,
  timestamp,
  fields: [{ name: "price", value: 9.5 }],
});
const interaction = {
  event: "interaction",
  id: "i1",
  ranking: "r1",
  user: "ada",
  session: "s9",
  type: "click",
  item: "a1",
  timestamp,
};

describe("Metarank's events", () => {
  const { ports, wal } = memoryPorts({
    bounds: { feedbackBytesMax: 1_000_000, feedbackLineBytesMax: 10_000, rejectionsListedMax: 3 },
  });
  let server: TestServer;
  beforeAll(async () => {
    server = await listen(ports);
    await server.post("/v1/rank", { policy: "home", items: items(2) });
  });
  afterAll(() => server.close());
  const catalogue = () => wal.records("_catalogue");

  it("come as one value, over several lines, or as an array", async () => {
    const before = catalogue().length;
    expect((await server.post("/v1/feedback", item("x1"))).body).toEqual({ accepted: 1, rejected: [] });
    const pretty = await server.send("POST", "/v1/feedback", JSON.stringify(item("x2"), undefined, 2));
    expect({ status: pretty.status, accepted: pretty.body.accepted }).toEqual({ status: 202, accepted: 1 });
    expect((await server.post("/v1/feedback", [item("x3"), item("x4")])).body.accepted).toBe(2);
    expect(catalogue().slice(before)).toMatchObject(
      ["x1", "x2", "x3", "x4"].map((id) => ({ kind: RecordKind.item, item: id })),
    );
  });

  it("come one a line, also as application/json, with or without a last line feed", async () => {
    const lines = [item("y1"), item("y2"), item("y3")].map((event) => JSON.stringify(event));
    for (const type of [NDJSON, "application/json"]) {
      const { status, body } = await server.send("POST", "/v1/feedback", `${lines.join("\r\n\r\n")}`, type);
      expect({ status, body }).toEqual({ status: 202, body: { accepted: 3, rejected: [] } });
    }
  });

  it("go to the catalogue or to a policy's stream, people as pseudonyms", async () => {
    const ranking = {
      event: "ranking",
      id: "r1",
      user: "ada",
      timestamp: String(timestamp),
      fields: [{ name: "q", value: "red" }],
      items: [{ id: "a1" }, { id: "a2", fields: [{ name: "rank", value: 2 }] }],
    };
    const user = {
      event: "user",
      id: "u1",
      user: "ada",
      timestamp: "2023-11-14T22:13:20Z",
      fields: [{ name: "age", value: 30 }],
    };
    const { body } = await server.send(
      "POST",
      "/v1/feedback?policy=home",
      [user, ranking, interaction].map((e) => JSON.stringify(e)).join("\n"),
      NDJSON,
    );
    expect(body).toEqual({ accepted: 3, rejected: [] });
    const told = catalogue().at(-1);
    expect(told).toMatchObject({ kind: RecordKind.user, at: timestamp, features: { age: 30 } });
    const home = wal.records("home");
    const ranked = home.find(({ kind }) => kind === RecordKind.ranking);
    expect(ranked).toMatchObject({
      id: "r1",
      at: timestamp,
      context: { q: "red" },
      items: [{ id: "a1" }, { id: "a2", features: { rank: 2 } }],
    });
    expect(home.find(({ kind }) => kind === RecordKind.interaction)).toMatchObject({
      ranking: "r1",
      type: "click",
      item: "a1",
    });
    expect(JSON.stringify([told, home])).not.toMatch(/"ada"|"s9"/);
  });

  it("that are good are accepted beside bad lines, which learn their number", async () => {
    const lines = [
      JSON.stringify(item("z1")),
      "{oops",
      "",
      JSON.stringify({ ...item("z2"), id: "" }),
      JSON.stringify(item("z3")),
      "1",
      '"x"',
    ];
    const { status, body } = await server.send("POST", "/v1/feedback", lines.join("\n"), NDJSON);
    expect({ status, accepted: body.accepted }).toEqual({ status: 202, accepted: 2 });
    expect(body.rejected.map(({ line, code }: { line: number; code: string }) => [line, code])).toEqual([
      [2, "CB_BODY_NOT_JSON"],
      [4, "CB_EVENT_INVALID"],
      [6, "CB_EVENT_INVALID"],
    ]);
    expect(body.notListed).toBe(1);
  });

  it("that no policy can be told of are refused", async () => {
    await server.post("/v1/rank", { policy: "second", items: items(2) });
    const { status, body } = await server.post("/v1/feedback", interaction);
    expect({ status, code: body.code }).toEqual({ status: 400, code: "CB_POLICY_REQUIRED" });
  });

  it("are read as they come: a body in small pieces, cut anywhere", async () => {
    const text = Array.from({ length: 300 }, (_, i) => JSON.stringify({ ...item(`ü${i}`) })).join("\n");
    const bytes = Buffer.from(text);
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 37) controller.enqueue(bytes.subarray(at, at + 37));
        controller.close();
      },
    });
    const { body: answer } = await server.send("POST", "/v1/feedback", body, NDJSON);
    expect(answer).toEqual({ accepted: 300, rejected: [] });
  });

  it("are bounded by line and by body", async () => {
    const long = JSON.stringify({ ...item("w1"), note: "x".repeat(20_000) });
    const { body } = await server.send("POST", "/v1/feedback", `${long}\n${JSON.stringify(item("w2"))}`, NDJSON);
    expect(body).toMatchObject({ accepted: 1, rejected: [{ line: 1, code: "CB_LINE_TOO_LONG" }] });
    const many = `${JSON.stringify(item("w3"))}\n`.repeat(20_000);
    const tooMuch = await server.send("POST", "/v1/feedback", many, NDJSON);
    expect({ status: tooMuch.status, code: tooMuch.body.code }).toEqual({ status: 413, code: "CB_BODY_TOO_LARGE" });
  });
});
