import { afterEach, describe, expect, it } from "vitest";
import { type DecisionRecord, RecordKind } from "../../../src/core/log/records.ts";
import { type Faults, items, listen, memoryPorts, type TestServer } from "./fakes.ts";

let server: TestServer | undefined;
afterEach(() => server?.close());

async function start(faults: Faults = {}) {
  const parts = memoryPorts({ faults });
  server = await listen(parts.ports);
  const decisions = () =>
    parts.wal.records("home").filter((record): record is DecisionRecord => record.kind === RecordKind.decision);
  return { ...parts, server, decisions };
}

describe("a ranking", () => {
  it("answers a list with the propensity of every slot and has it in the log before", async () => {
    const { server, decisions } = await start();
    const { status, body } = await server.post("/v1/rank", { policy: "home", items: items(20), slots: 5 });
    expect(status).toBe(200);
    expect(body).toMatchObject({ policy: "home", variant: "default", modelVersion: 3, served: "model", reason: null });
    const [line] = decisions();
    expect(line.id).toBe(body.decisionId);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(line.slots.map((index) => line.items[index]));
    expect(body.items.map(({ propensity }: { propensity: number }) => propensity)).toEqual(line.propensity);
    expect(body.items.map(({ score }: { score: number }) => score)).toEqual(
      line.slots.map((index) => line.score[index]),
    );
    expect(line.floor).toBeCloseTo(0.01 / 20);
    expect(line.candidates).toHaveLength(20 * line.columns);
  });

  it("shows ten items, or all, when nobody says how many", async () => {
    const { server } = await start();
    expect((await server.post("/v1/rank", { policy: "home", items: items(30) })).body.items).toHaveLength(10);
    expect((await server.post("/v1/rank", { policy: "home", items: items(4) })).body.items).toHaveLength(4);
  });

  it("leaves out what is excluded and remembers each item's place in the caller's list", async () => {
    const { server, decisions } = await start();
    const { body } = await server.post("/v1/rank", { policy: "home", items: items(5), exclude: ["a0", "a2", "zz"] });
    expect(body.items.map(({ id }: { id: string }) => id).sort()).toEqual(["a1", "a3", "a4"]);
    expect(decisions()[0].inputPosition).toEqual([1, 3, 4]);
  });

  it("keeps pins at their places with propensity 1", async () => {
    const { server } = await start();
    const pins = [{ id: "a7", position: 2 }];
    const { body } = await server.post("/v1/rank", { policy: "home", items: items(9), pins, slots: 3 });
    expect(body.items[1]).toMatchObject({ id: "a7", propensity: 1 });
    const told = await server.get(`/v1/decisions/${body.decisionId}`);
    expect(told.body.replay.same).toBe(true);
  });

  it("serves the caller's order with the baseline first while the policy only logs, and logs the model's scores", async () => {
    const { server, decisions } = await start();
    await server.send("PUT", "/v1/policies/home", JSON.stringify({ mode: "log-only" }));
    const { body } = await server.post("/v1/rank", { policy: "home", items: items(4), baseline: "a2" });
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(["a2", "a0", "a1", "a3"]);
    expect(body).toMatchObject({ served: "baseline", reason: null });
    expect(body.items.every(({ propensity }: { propensity: number }) => propensity === 1)).toBe(true);
    expect(decisions()[0].score.some((score) => score !== 0)).toBe(true);
  });

  it("explains itself on demand: mean, uncertainty and the pmf of every slot", async () => {
    const { server } = await start();
    const { body } = await server.post("/v1/rank", { policy: "home", items: items(6), slots: 3, explain: true });
    expect(body.explain.candidates).toEqual(items(6).map(({ id }) => id));
    for (let slot = 0; slot < 3; slot++) {
      const pmf: number[] = body.explain.pmf[slot];
      expect(pmf.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      expect(pmf[body.explain.candidates.indexOf(body.items[slot].id)]).toBe(body.items[slot].propensity);
    }
    expect(body.items[0].uncertainty).toBeCloseTo(0.2);
  });
});

describe("a fault of the model", () => {
  const faults: [string, Faults["score"], string][] = [
    ["throws", () => Promise.reject(new Error("broken")), "model"],
    [
      "answers NaN",
      async (n) => ({ mean: new Float32Array(n).fill(Number.NaN), variance: new Float32Array(n) }),
      "scores",
    ],
    [
      "answers a negative variance",
      async (n) => ({ mean: new Float32Array(n), variance: new Float32Array(n).fill(-1) }),
      "scores",
    ],
    ["answers too few", async () => ({ mean: new Float32Array(1), variance: new Float32Array(1) }), "scores"],
    ["never answers", () => new Promise(() => {}), "deadline"],
  ];
  it.each(faults)("that %s degrades the list to the caller's order and says so", async (_, score, reason) => {
    const { server, decisions, faults } = await start({ score });
    const { status, body } = await server.post("/v1/rank", { policy: "home", items: items(3), timeoutMs: 20 });
    expect(status).toBe(200);
    expect(body).toMatchObject({ served: "degraded", reason });
    expect(body.items).toEqual([1, 2, 3].map((position) => ({ id: `a${position - 1}`, position, propensity: 1 })));
    expect(body.tookMs).toBeLessThan(60);
    expect(decisions()[0]).toMatchObject({ served: "degraded", reason, columns: 0 });
    faults.score = undefined;
    expect((await server.post("/v1/rank", { policy: "home", items: items(3) })).body.served).toBe("model");
    expect((await server.get("/metrics")).text).toMatch(/brigand_decisions_total\{policy="home",served="degraded"/);
  });
});

describe("the log", () => {
  it("that hangs does not hold the answer beyond the deadline, and the line says it was not durable", async () => {
    const { server, wal, faults } = await start();
    await server.post("/v1/rank", { policy: "home", items: items(3) });
    faults.durable = () => new Promise(() => {});
    const { body } = await server.post("/v1/rank", { policy: "home", items: items(3), timeoutMs: 15 });
    expect(body.served).toBe("model");
    const undurable = wal.records("home").find(({ kind }) => kind === RecordKind.undurable);
    expect(undurable).toMatchObject({ decision: body.decisionId });
    faults.durable = undefined;
  });

  it("that fails is told with 503 and when to come again", async () => {
    const { server, faults } = await start();
    await server.post("/v1/rank", { policy: "home", items: items(3) });
    const { BrigandError } = await import("../../../src/core/errors.ts");
    faults.durable = () => Promise.reject(new BrigandError("CB_LOG_WRITE_FAILED", { problem: "no space" }));
    const { status, body, headers } = await server.post("/v1/rank", {
      policy: "home",
      items: items(3),
      decisionId: "d",
    });
    expect({ status, code: body.code }).toEqual({ status: 503, code: "CB_LOG_WRITE_FAILED" });
    expect(headers.get("retry-after")).toBe("1");
    faults.durable = undefined;
  });

  it("that is full refuses decisions and rewards with 503", async () => {
    const { server, faults } = await start();
    faults.walBytes = 1e15;
    const ranked = await server.post("/v1/rank", { policy: "home", items: items(3) });
    expect({ status: ranked.status, code: ranked.body.code }).toEqual({ status: 503, code: "CB_LOG_FULL" });
    const rewarded = await server.post("/v1/rewards", { decisionId: "d", policy: "home", value: 1 });
    expect({ status: rewarded.status, code: rewarded.body.code }).toEqual({ status: 503, code: "CB_LOG_FULL" });
  });

  it("begins with the policy's settings and ends with an end", async () => {
    const { server, wal } = await start();
    await server.post("/v1/rank", { policy: "home", items: items(3) });
    await server.close();
    const kinds = wal.records("home").map(({ kind }) => kind);
    expect(kinds[0]).toBe(RecordKind.settings);
    expect(kinds.at(-1)).toBe(RecordKind.end);
  });

  it("hears a heartbeat a second, and five while rows wait to settle", async () => {
    const { server, wal } = await start();
    await server.post("/v1/rank", { policy: "home", items: items(3) });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const beats = wal.records("home").filter(({ kind }) => kind === RecordKind.heartbeat).length;
    expect(beats).toBeGreaterThanOrEqual(3);
    expect(beats).toBeLessThanOrEqual(6);
  });
});

describe("people", () => {
  it("are known by pseudonyms only: the user, else the session, else nobody", async () => {
    const { server, decisions, wal } = await start();
    const body = { policy: "home", items: items(3) };
    await server.post("/v1/rank", { ...body, user: { id: "ada@example.com" }, session: "session-4711" });
    await server.post("/v1/rank", { ...body, session: "session-4711" });
    await server.post("/v1/rank", body);
    expect(decisions().map(({ unit }) => unit)).toEqual(["user", "session", "decision"]);
    const [first, second, third] = decisions();
    expect(first.subject).toMatch(/^[\w-]{22}$/);
    expect(first.subject).not.toBe(first.session);
    expect(second.subject).toBe(first.session);
    expect(third.subject).toBeUndefined();
    const log = JSON.stringify(wal.records("home")) + (await server.get("/metrics")).text;
    expect(log).not.toContain("ada@example.com");
    expect(log).not.toContain("session-4711");
  });
});
