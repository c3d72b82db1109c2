import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RecordKind } from "../../../src/core/log/records.ts";
import { items, listen, memoryPorts, type TestServer } from "./fakes.ts";

describe("a decision id that the caller chose", () => {
  const { ports, wal } = memoryPorts();
  let server: TestServer;
  beforeAll(async () => {
    server = await listen(ports);
  });
  afterAll(() => server.close());
  const lines = (id: string) =>
    wal.records("home").filter((record) => record.kind === RecordKind.decision && record.id === id);
  const withoutTime = (text: string) => text.replace(/,"tookMs":[\d.]+/, "");

  it("gets the same answer again, decided once", async () => {
    const body = { policy: "home", decisionId: "order 1/ü", items: items(50) };
    const first = await server.post("/v1/rank", body);
    const second = await server.post("/v1/rank", body);
    expect(first.status).toBe(200);
    expect(withoutTime(second.text)).toBe(withoutTime(first.text));
    expect(lines("order 1/ü")).toHaveLength(1);
  });

  it("gets one decision when it comes many times at once", async () => {
    const body = { policy: "home", decisionId: "same-time", items: items(50) };
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.post("/v1/rank", body)));
    expect(new Set(answers.map(({ text }) => withoutTime(text))).size).toBe(1);
    expect(lines("same-time")).toHaveLength(1);
  });

  it("is refused with another body", async () => {
    await server.post("/v1/rank", { policy: "home", decisionId: "other-body", items: items(3) });
    const { status, body } = await server.post("/v1/rank", {
      policy: "home",
      decisionId: "other-body",
      items: items(4),
    });
    expect({ status, code: body.code }).toEqual({ status: 409, code: "CB_DECISION_CONFLICT" });
  });

  it("may be used again when its first request was refused", async () => {
    const bad = await server.post("/v1/rank", { policy: "home", decisionId: "again", items: items(2), baseline: "zz" });
    expect(bad.status).toBe(400);
    const good = await server.post("/v1/rank", { policy: "home", decisionId: "again", items: items(2) });
    expect(good.status).toBe(200);
  });

  it("is found and replayed under its name, however it is written", async () => {
    const { body } = await server.get(`/v1/decisions/${encodeURIComponent("order 1/ü")}`);
    expect(body).toMatchObject({ decisionId: "order 1/ü", replay: { same: true } });
  });

  it("waits for the ids of earlier processes and asks to come again when they are late", async () => {
    const late = memoryPorts();
    const index = { ...late.ports.index, complete: false, ready: new Promise<void>(() => {}) };
    const slow = await listen({ ...late.ports, index });
    const { status, body, headers } = await slow.post("/v1/rank", {
      policy: "home",
      decisionId: "x",
      items: items(2),
      timeoutMs: 20,
    });
    expect({ status, code: body.code, again: headers.get("retry-after") }).toEqual({
      status: 503,
      code: "CB_INDEX_LOADING",
      again: "1",
    });
    expect((await slow.post("/v1/rank", { policy: "home", items: items(2) })).status).toBe(200);
    await slow.close();
  });
});
