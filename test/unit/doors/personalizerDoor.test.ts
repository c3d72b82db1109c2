/** Personalizer's door over HTTP where its clients would not go: bad bodies, unknown paths, slots by chance. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Keyring } from "../../../src/server/access/keyring.ts";
import { listen, memoryPorts, type TestServer } from "../server/fakes.ts";

const BASE = "/personalizer/v1.0";
const actions = ["a", "b", "c", "d"].map((id) => ({ id, features: [{ kind: id }] }));

describe("Personalizer's door", () => {
  const { ports, wal } = memoryPorts();
  let server: TestServer;
  beforeAll(async () => {
    server = await listen(ports);
    await server.send("PUT", "/v1/policies/personalizer", JSON.stringify({ timeoutMs: 60_000 }));
  });
  afterAll(() => server.close());

  it.each([
    ["an empty event id", "/rank", { actions, eventId: "" }, "InvalidRankRequest"],
    ["an event id of 257 characters", "/rank", { actions, eventId: "e".repeat(257) }, "InvalidRankRequest"],
    ["no actions", "/rank", {}, "InvalidRankRequest"],
    ["an action twice", "/rank", { actions: [...actions, ...actions] }, "InvalidRankRequest"],
    ["features that are null", "/rank", { actions: [{ id: "a", features: [null] }] }, "InvalidRankRequest"],
    ["every action excluded", "/rank", { actions, excludedActions: ["a", "b", "c", "d"] }, "InvalidRankRequest"],
    ["a body that is no object", "/rank", [], "InvalidRankRequest"],
    [
      "501 actions",
      "/rank",
      { actions: Array.from({ length: 501 }, (_, i) => ({ id: `${i}` })) },
      "InvalidRankRequest",
    ],
    ["no slots", "/multislot/rank", { actions, slots: [] }, "InvalidRankRequest"],
    ["a baseline twice", "/multislot/rank", slotted("a", "a"), "InvalidRankRequest"],
    ["a baseline that is no action", "/multislot/rank", slotted("a", "x"), "InvalidRankRequest"],
    ["a reward that is text", "/events/e/reward", { value: "1" }, "InvalidRewardRequest"],
    [
      "a slot's reward of 2",
      "/multislot/events/e/reward",
      { reward: [{ slotId: "s", value: 2 }] },
      "InvalidRewardRequest",
    ],
    ["an evaluation without times", "/evaluations", { name: "x" }, "InvalidEvaluationContract"],
  ])("refuses %s with the service's code", async (_, path, body, code) => {
    const answer = await server.post(BASE + path, body);
    expect({ status: answer.status, code: answer.body.error.code }).toEqual({ status: 400, code });
    expect(answer.body.error.innerError.code).toMatch(/^CB_/);
    expect(answer.body.error.message).not.toMatch(/\{\w+\}|\n\s+at /);
  });

  it("answers in the service's shape also where nothing is, and where the body is no JSON", async () => {
    const missing = [await server.get(`${BASE}/nothing`), await server.post("/personalizer/v9/rank", { actions })];
    for (const { status, body } of missing) {
      expect({ status, code: body.error.code }).toEqual({ status: 404, code: "ResourceNotFound" });
    }
    const broken = await server.send("POST", `${BASE}/rank`, "{");
    expect(broken.body.error).toMatchObject({ code: "InvalidRankRequest", innerError: { code: "CB_BODY_NOT_JSON" } });
    const large = await server.send("POST", `${BASE}/rank`, `"${"x".repeat(3_000_000)}"`);
    expect({ status: large.status, code: large.body.error.code }).toEqual({ status: 400, code: "PayloadSizeExceeded" });
  });

  it("refuses another body for an event that was decided", async () => {
    await server.post(`${BASE}/rank`, { actions, eventId: "once" });
    const { status, body } = await server.post(`${BASE}/rank`, { actions: actions.slice(1), eventId: "once" });
    expect({ status, inner: body.error.innerError.code }).toEqual({ status: 400, inner: "CB_DECISION_CONFLICT" });
  });

  it("decides for the policy that the header names", async () => {
    const headers = { "content-type": "application/json", "brigand-policy": "loop-2" };
    const init = { method: "POST", headers, body: JSON.stringify({ actions, eventId: "in-2" }) };
    expect((await fetch(`${server.url}${BASE}/rank`, init)).status).toBe(201);
    expect(wal.records("loop-2").some((record) => "slots" in record)).toBe(true);
  });

  it("shows one row a decision, so that actions that were not chosen do not count as shown", async () => {
    const { body } = await server.post(`${BASE}/rank`, { actions, excludedActions: ["b"], eventId: "row" });
    expect(body.ranking[1]).toEqual({ id: "b", probability: 0 });
    const told = await server.get("/v1/decisions/row");
    expect(told.body.replay).toEqual({ same: true, items: [body.rewardActionId] });
    const sum = body.ranking.reduce((so: number, { probability }: { probability: number }) => so + probability, 0);
    expect(sum).toBeCloseTo(1, 12);
  });

  it("never lets a slot take what a later slot alone may show", async () => {
    for (let i = 0; i < 40; i++) {
      const slots = [
        { id: "one", baselineAction: "a" },
        { id: "two", baselineAction: "b", excludedActions: ["a", "c"] },
        { id: "three", baselineAction: "d", excludedActions: ["a", "b", "c"] },
      ];
      const { status, body } = await server.post(`${BASE}/multislot/rank`, { actions, slots });
      expect(status).toBe(201);
      const [one, two, three] = body.slots.map((slot: { rewardActionId: string }) => slot.rewardActionId);
      expect(["a", "c"]).toContain(one);
      expect([two, three]).toEqual(["b", "d"]);
    }
  });

  it("serves each slot's baseline in apprentice mode", async () => {
    await server.send("PUT", "/v1/policies/personalizer", JSON.stringify({ mode: "apprentice" }));
    const { body } = await server.post(`${BASE}/multislot/rank`, slotted("c", "a"));
    expect(body.slots.map((slot: { rewardActionId: string }) => slot.rewardActionId)).toEqual(["c", "a"]);
  });
});

describe("a key of Brigand as the client's subscription key", () => {
  it("is the loop of the one policy that it reaches; without it the gateway's answer comes", async () => {
    const { ports, wal } = memoryPorts();
    const ring = new Keyring({ access: ports.access, keysMax: 10, now: () => ports.clock.now() });
    const { key } = await ring.create({ name: "shop", roles: ["app"], policies: ["shop"] });
    const server = await listen(ports);
    const rank = async (headers: { readonly [name: string]: string }) => {
      const init = { method: "POST", body: JSON.stringify({ actions }) };
      const answer = await fetch(`${server.url}${BASE}/rank`, {
        ...init,
        headers: { "content-type": "application/json", ...headers },
      });
      return { status: answer.status, text: await answer.text() };
    };
    expect((await rank({ "Ocp-Apim-Subscription-Key": key })).status).toBe(201);
    expect(wal.records("shop").some((record) => "slots" in record)).toBe(true);
    const without = await rank({});
    expect({ status: without.status, code: JSON.parse(without.text).error.code }).toEqual({ status: 401, code: "401" });
    const elsewhere = await rank({ "Ocp-Apim-Subscription-Key": key, "brigand-policy": "other" });
    expect({ status: elsewhere.status, code: JSON.parse(elsewhere.text).error.code }).toEqual({
      ...{ status: 403, code: "InvalidApiAccess" },
    });
    await server.close();
  });
});

function slotted(...baselines: string[]) {
  return { actions, slots: baselines.map((baselineAction, i) => ({ id: `s${i}`, baselineAction })) };
}
