import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { metarankItems } from "../../../src/core/doors/metarank/rankAnswer.ts";
import { decision } from "../logs/written.ts";
import { listen, memoryPorts, type TestServer } from "../server/fakes.ts";

/** As curl sends what follows -d. */
const FORM = "application/x-www-form-urlencoded";
const timestamp = "1599391467000";

describe("Metarank's door", () => {
  const { ports, wal } = memoryPorts();
  let server: TestServer;
  const rank = (model: string, body: unknown, query = "") =>
    server.send("POST", `/rank/${model}${query}`, JSON.stringify(body), FORM);
  beforeAll(async () => {
    server = await listen(ports);
  });
  afterAll(() => server.close());

  /** The example of its documentation. */
  const request = {
    ...{ id: "81f46c34-a4bb-469c-8708-f8127cd67d27", timestamp, user: "user1", session: "session1" },
    fields: [
      { name: "query", value: "jeans" },
      { name: "source", value: "search" },
    ],
    items: [
      { id: "item3", fields: [{ name: "relevancy", value: 2.0 }], label: 1 },
      { id: "item1", fields: [{ name: "relevancy", value: 1.0 }] },
      { id: "item2", fields: [{ name: "relevancy", value: 0.1 }] },
    ],
  };

  it("ranks the request of its documentation, all items of it, and the same again", async () => {
    const { status, body } = await rank("xgboost", request);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(["took", "items"]);
    expect(body.items.map(({ item }: { item: string }) => item).toSorted()).toEqual(["item1", "item2", "item3"]);
    for (const item of body.items) expect(Object.keys(item)).toEqual(["item", "score"]);
    const explained = await rank("xgboost", request, "?explain=true");
    expect(explained.body.items.map(({ item }: { item: string }) => item)).toEqual(
      body.items.map(({ item }: { item: string }) => item),
    );
    for (const { features } of explained.body.items) {
      expect(features[0]).toEqual({ name: expect.any(String), value: expect.any(Number) });
    }
    const told = await server.get(`/v1/decisions/${request.id}`);
    expect(told.body).toMatchObject({ policy: "xgboost", context: { query: "jeans", source: "search" } });
  });

  it("takes feedback in its shapes and answers in its own, for the policy of the ranking", async () => {
    await rank("other", { id: "r2", items: [{ id: "a" }, { id: "b" }] });
    const click = { event: "interaction", id: "c1", ranking: "r2", item: "a", type: "click", timestamp };
    const shown = { event: "ranking", id: "r2", items: [{ id: "a" }, { id: "b" }], timestamp };
    const item = { event: "item", id: "i1", item: "a", timestamp, fields: [{ name: "price", value: 3 }] };
    const both = await server.send("POST", "/feedback", JSON.stringify([click, shown]), FORM);
    expect(both).toMatchObject({ status: 200, body: { status: "ok", accepted: 2, updated: 0 } });
    expect(Object.keys(both.body)).toEqual(["status", "accepted", "updated", "tookMillis"]);
    const lines = [item, { ...click, id: "c2", type: 5 }].map((event) => JSON.stringify(event)).join("\n");
    const some = await server.send("POST", "/feedback", lines, FORM);
    expect(some.body).toMatchObject({
      status: "rejected",
      accepted: 1,
      rejected: [{ code: "CB_EVENT_INVALID", line: 2 }],
    });
    const kinds = wal.records("other").map((record) => ("ranking" in record ? record.ranking : undefined));
    expect(kinds).toContain("r2");
  });

  it("tells what serves where Metarank would train", async () => {
    const { status, body } = await server.send("POST", "/train/xgboost");
    expect(status).toBe(200);
    expect(body).toMatchObject({ features: expect.any(Array), iterations: [], sizeBytes: expect.any(Number) });
    expect((await server.send("POST", "/train/nobody")).body.code).toBe("CB_POLICY_UNKNOWN");
  });

  it.each([
    ["no items", "/rank/m", { id: "x", items: [] }, 400, "CB_EVENT_INVALID"],
    ["no id", "/rank/m", { items: [{ id: "a" }] }, 400, "CB_EVENT_INVALID"],
    ["another event", "/rank/m", { event: "item", id: "x", items: [{ id: "a" }] }, 400, "CB_EVENT_INVALID"],
    [
      "a name that no policy can have",
      "/rank/My%20Model",
      { id: "x", items: [{ id: "a" }] },
      400,
      "CB_POLICY_NAME_INVALID",
    ],
    ["no candidates", "/recommend/m", { count: 3 }, 403, "CB_DOOR_UNSUPPORTED"],
    ["an id again with another body", "/rank/xgboost", { ...request, user: "user2" }, 409, "CB_DECISION_CONFLICT"],
  ])("refuses %s", async (_, path, body, status, code) => {
    const answer = await server.post(path, body);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
  });

  it("draws as many as the policy shows; the rest follows by score", async () => {
    await server.send("PUT", "/v1/policies/short", JSON.stringify({ slots: 2 }));
    const { body } = await rank("short", { id: "s1", items: ["a", "b", "c", "d"].map((id) => ({ id })) });
    expect(body.items).toHaveLength(4);
    const told = await server.get("/v1/decisions/s1");
    expect(told.body.replay.items).toEqual(body.items.slice(0, 2).map(({ item }: { item: string }) => item));
  });
});

describe("Metarank's answer", () => {
  it("has scores that count down where there are none to tell", () => {
    const items = ["a", "b", "c"];
    const record = decision("d", 0, { served: "degraded", items, slots: [1, 0, 2], columns: 0 });
    expect(metarankItems(record)).toEqual([
      { item: "b", score: 3 },
      { item: "a", score: 2 },
      { item: "c", score: 1 },
    ]);
  });

  it("says nothing of a private ranking but the list", () => {
    const score = Float32Array.of(1, 2, 3);
    const fields = { explorer: "privatePlackettLuce", items: ["a", "b", "c"], slots: [0], score, columns: 1 };
    const told = metarankItems(decision("d", 0, fields), ["x"]);
    expect(told).toEqual([
      { item: "a", score: 3 },
      { item: "b", score: 2 },
      { item: "c", score: 1 },
    ]);
  });
});
