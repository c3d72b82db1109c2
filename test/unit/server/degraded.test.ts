/** A log that takes no line: rankings go on in the caller's order and say why, promises are refused, probes are told. */
import { describe, expect, it } from "vitest";
import { BrigandError } from "../../../src/core/errors.ts";
import { Condition } from "../../../src/server/condition.ts";
import { Learning } from "../../../src/server/learning.ts";
import { listen, memoryPorts } from "./fakes.ts";

const nothing = { joinStillMs: () => undefined, learnWaitMs: () => 0, retrainIntervalMs: 1_000 };
const items = ["a", "b", "c"].map((id) => ({ id }));
const noSpace = () =>
  Promise.reject(
    new BrigandError("CB_LOG_WRITE_FAILED", { problem: "full" }, undefined, {
      cause: Object.assign(new Error("no space"), { code: "ENOSPC" }),
    }),
  );

describe("while the log takes no line", () => {
  it("a ranking is the caller's order, degraded by the log, and nothing of the draw is told", async () => {
    const { ports, faults } = memoryPorts();
    const server = await listen(ports);
    const rank = (more: object = {}) => server.post("/v1/rank", { policy: "home", items, baseline: "c", ...more });
    expect((await rank()).body).toMatchObject({ served: "model", reason: null });
    faults.durable = noSpace;
    const { status, body } = await rank();
    expect(status).toBe(200);
    expect(body).toMatchObject({ served: "degraded", reason: "log" });
    expect(body.items).toEqual(["c", "a", "b"].map((id, slot) => ({ id, position: slot + 1, propensity: 1 })));
    faults.durable = undefined;
    expect((await rank()).body).toMatchObject({ served: "model", reason: null });
    await server.close();
  });

  it("what has to be found again is refused with its code: ids that callers chose, rewards, events", async () => {
    const { ports, faults } = memoryPorts();
    const server = await listen(ports);
    const first = await server.post("/v1/rank", { policy: "home", items });
    faults.durable = noSpace;
    const refused = { status: 503, body: { code: "CB_LOG_WRITE_FAILED" } };
    expect(await server.post("/v1/rank", { policy: "home", items, decisionId: "mine" })).toMatchObject(refused);
    expect(await server.post("/v1/rewards", { decisionId: first.body.decisionId, value: 1 })).toMatchObject(refused);
    faults.durable = undefined;
    const mine = () => server.post("/v1/rank", { policy: "home", items, decisionId: "mine" });
    const taken = await mine();
    expect(taken).toMatchObject({ status: 200, body: { served: "model" } });
    // The place where the first line would have stood is not looked at any more.
    expect((await mine()).body).toEqual({ ...taken.body, tookMs: expect.any(Number) });
    await server.close();
  });

  it("a list that was answered at its deadline is written when the log takes lines again, and found by its id", async () => {
    const { ports, faults, wal } = memoryPorts();
    const server = await listen(ports);
    const ask = () => server.post("/v1/rank", { policy: "home", items, decisionId: "late", timeoutMs: 20 });
    await server.post("/v1/rank", { policy: "home", items });
    const refuse: ((error: unknown) => void)[] = [];
    faults.durable = () => new Promise((_resolve, reject) => void refuse.push(reject));
    const answered = await ask();
    expect(answered).toMatchObject({ status: 200, body: { served: "model" } });
    faults.durable = noSpace;
    await noSpace().catch((error: unknown) => refuse.forEach((one) => void one(error)));
    expect((await ask()).body).toEqual({ ...answered.body, tookMs: expect.any(Number) });
    faults.durable = undefined;
    const lines = () => wal.records("home").filter((record) => record.kind === 1 && record.id === "late").length;
    const before = lines();
    await expect.poll(lines, { interval: 20, timeout: 5_000 }).toBeGreaterThan(before);
    await expect
      .poll(async () => (await (await fetch(`${server.url}/metrics`)).text()).includes("brigand_unwritten 0"))
      .toBe(true);
    expect((await ask()).body).toEqual({ ...answered.body, tookMs: expect.any(Number) });
    await server.close();
  });

  it("who asks with an id that is being decided is refused as well", async () => {
    const { ports, faults } = memoryPorts();
    const server = await listen(ports);
    await server.post("/v1/rank", { policy: "home", items });
    let refuse: (error: unknown) => void = () => {};
    faults.durable = () => new Promise((_resolve, reject) => (refuse = reject));
    const body = { policy: "home", items, decisionId: "twice", timeoutMs: 5_000 };
    const both = [server.post("/v1/rank", body), server.post("/v1/rank", body)];
    await new Promise((resolve) => setTimeout(resolve, 100));
    await noSpace().catch(refuse);
    for (const { status } of await Promise.all(both)) expect(status).toBe(503);
    faults.durable = undefined;
    await server.close();
  });

  it("readiness stays and names the log; it is told no longer when lines are taken again", async () => {
    let now = 0;
    const condition = new Condition({ elapsed: () => now }, nothing);
    condition.logFailed(await noSpace().catch((error: unknown) => error));
    expect(condition.degraded()).toEqual([{ part: "log", reason: "lines are refused: ENOSPC" }]);
    now = 5_001;
    expect(condition.degraded()).toEqual([]);
    const { ports, faults } = memoryPorts();
    const server = await listen(ports);
    faults.durable = noSpace;
    await server.post("/v1/rank", { policy: "home", items });
    const { status, body } = await server.get("/health/ready");
    expect([status, body]).toEqual([
      200,
      { ready: true, degraded: [{ part: "log", reason: "lines are refused: ENOSPC" }] },
    ]);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('brigand_degraded{part="log"} 1');
    await server.close();
  });
});

it("a join that stands still is named where there is something to join", () => {
  const still = (ms: number | undefined) =>
    new Condition({ elapsed: () => 0 }, { ...nothing, joinStillMs: () => ms }).degraded();
  expect(still(undefined)).toEqual([]);
  expect(still(9_000)).toEqual([]);
  expect(still(12_400)).toEqual([
    { part: "join", reason: "nothing was joined for 12 s: features and models stand still" },
  ]);
});

it("rows that wait for a version are named, unless a label holds one or trainings are rare", () => {
  let now = 0;
  const learns = new Map([["home", 5]]);
  const served = { serving: 3, pinned: undefined as number | undefined };
  const parts = { clock: { elapsed: () => now }, policies: () => ["home"], serving: () => served };
  const learning = new Learning({ ...parts, learns: (policy) => learns.get(policy) });
  const told = (retrainIntervalMs = 1_000) =>
    new Condition(
      { elapsed: () => now },
      { ...nothing, learnWaitMs: () => learning.waitMs, retrainIntervalMs },
    ).degraded();
  const at = (ms: number) => {
    now = ms;
    learning.look();
  };
  at(0);
  at(60_000);
  // Nothing new was learnable.
  expect(told()).toEqual([]);
  learns.set("home", 6);
  at(61_000);
  at(73_000);
  expect(told()).toEqual([{ part: "learn", reason: "rows wait for a new version for 12 s: see workers and Redis" }]);
  expect(told(3_600_000)).toEqual([]);
  served.serving = 4;
  at(74_000);
  expect(told()).toEqual([]);
  learns.set("home", 7);
  served.pinned = 4;
  at(75_000);
  at(99_000);
  expect(told()).toEqual([]);
});
