import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FIRST_COLUMNS } from "../../../src/core/features/schema.ts";
import { RecordKind } from "../../../src/core/log/records.ts";
import { items, listen, memoryPorts, type TestServer } from "./fakes.ts";

describe("a decision looked at again", () => {
  const { ports, wal } = memoryPorts();
  let server: TestServer;
  beforeAll(async () => {
    server = await listen(ports);
  });
  afterAll(() => server.close());

  it("tells features by name, scores, parameters, probabilities and repeats its draw bit for bit", async () => {
    const ranked = await server.post("/v1/rank", { policy: "home", items: items(8), slots: 3 });
    const { status, body } = await server.get(`/v1/decisions/${ranked.body.decisionId}`);
    expect(status).toBe(200);
    const shown = ranked.body.items.map(({ id }: { id: string }) => id);
    expect(body.replay).toEqual({ same: true, items: shown });
    expect(body.columns).toEqual(FIRST_COLUMNS);
    expect(body.candidates).toHaveLength(8);
    expect(body.candidates[2].features.position).toBeCloseTo(Math.log2(4));
    expect(body.slots.map(({ item }: { item: string }) => item)).toEqual(shown);
    for (const slot of body.slots) {
      expect(slot.pmf.reduce((sum: number, p: number) => sum + p, 0)).toBeCloseTo(1, 12);
    }
    expect(body).toMatchObject({ explorer: "plackettLuce", full: true, passProbability: 1, unit: "decision" });
  });

  it("tells of a list that nobody drew that it was certain", async () => {
    await server.send("PUT", "/v1/policies/quiet", JSON.stringify({ mode: "apprentice" }));
    const ranked = await server.post("/v1/rank", { policy: "quiet", items: items(3) });
    const { body } = await server.get(`/v1/decisions/${ranked.body.decisionId}`);
    expect(body.slots[1].pmf).toEqual([0, 1, 0]);
    expect(body.replay.same).toBe(true);
  });

  it("counts from its activation when it was deferred", async () => {
    const ranked = await server.post("/v1/rank", { policy: "home", items: items(3), defer: true });
    const { status, text } = await server.send("POST", `/v1/decisions/${ranked.body.decisionId}/activate`);
    expect({ status, text }).toEqual({ status: 204, text: "" });
    const records = wal.records("home");
    expect(records.some(({ kind }) => kind === RecordKind.activate)).toBe(true);
    expect(records.find((r) => r.kind === RecordKind.decision && r.id === ranked.body.decisionId)).toMatchObject({
      deferred: true,
    });
  });
});
