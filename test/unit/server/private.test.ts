/** A policy with privatePlackettLuce over HTTP: what goes out, what stays inside, and that both are the same draw. */
import { afterEach, describe, expect, it } from "vitest";
import { FIRST_COLUMNS } from "../../../src/core/features/schema.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { type DecisionRecord, RecordKind } from "../../../src/core/log/records.ts";
import { applyOperation } from "../../../src/core/pipeline.ts";
import { rankPrivately } from "../../../src/core/privacy/rank.ts";
import { type NoiseWords, wordsOf } from "../../../src/core/privacy/words.ts";
import type { ScoreRequest, Scorer } from "../../../src/ports/scorer.ts";
import { hexOf } from "../../support/seededNoise.ts";
import { type Faults, items, listen, memoryPorts, type TestServer } from "./fakes.ts";

const SEEN = FIRST_COLUMNS.indexOf("seen.positive");
const RATE = FIRST_COLUMNS.indexOf("item.rate");

let server: TestServer | undefined;
afterEach(() => server?.close());

/** A model of item rate and of the requester's own past, whose population constant of that past is 0.25. */
function scorer(apart: boolean): Scorer {
  const population = new Float32Array(FIRST_COLUMNS.length);
  population[SEEN] = 0.25;
  const scoreNow = ({ n, columns, dense, twins = false }: ScoreRequest) => ({
    mean: Float32Array.from(
      { length: twins ? 2 * n : n },
      (_, i) => 0.01 * dense[i * columns + RATE] + dense[i * columns + SEEN],
    ),
    variance: new Float32Array(n).fill(0.04),
  });
  const score = async (request: ScoreRequest) => scoreNow(request);
  const own = { version: 3, columns: FIRST_COLUMNS, population, score, release: async () => {} };
  return apart ? { ...own, scoreNow } : own;
}

async function start(
  given: { faults?: Faults; settings?: object; noise?: (slots: number) => NoiseWords; apart?: boolean } = {},
) {
  const parts = memoryPorts({ faults: given.faults });
  const models = { ...parts.ports.models, current: () => scorer(given.apart ?? true) };
  const random = { ...parts.ports.random, noise: given.noise ?? parts.ports.random.noise };
  const ports = { ...parts.ports, random, ...(given.faults === undefined ? { models } : {}) };
  server = await listen(ports);
  const settings = { exploration: { name: "privatePlackettLuce" }, ...given.settings };
  const put = await server.send("PUT", "/v1/policies/home", JSON.stringify(settings));
  expect(put.status).toBe(200);
  const decisions = () =>
    parts.wal.records("home").filter((record): record is DecisionRecord => record.kind === RecordKind.decision);
  return { ...parts, ports, server, decisions };
}

/** User u liked a1 and a2. */
function remember({ state, ports }: Awaited<ReturnType<typeof start>>): void {
  const subject = ports.pseudonym("user", "u");
  const kind = OperationKind.positive;
  const answered = { kind, decision: "d", subject, reward: 1, delta: 1, settled: false, segments: [], at: 1 } as const;
  for (const item of ["a1", "a2"]) applyOperation(state, { ...answered, item });
}

const OUTSIDE = ["decisionId", "items", "policy", "variant", "modelVersion"];

describe("the answer of a private policy", () => {
  it("is the list and nothing that depends on more than the list, asked to explain or not", async () => {
    const { server } = await start();
    for (const explain of [false, true]) {
      const body = { policy: "home", items: items(20), slots: 5, user: { id: "u" }, explain };
      const { status, text, body: answer } = await server.post("/v1/rank", body);
      expect(status).toBe(200);
      expect(Object.keys(answer)).toEqual(OUTSIDE);
      for (const item of answer.items) expect(Object.keys(item)).toEqual(["id", "position"]);
      expect(text).not.toMatch(/score|propensity|reason|explain|tookMs|served|epsilon/);
    }
  });

  it("has the same form whoever chose: the caller's order, a fault, a user without consent", async () => {
    const faults: Faults = { score: () => Promise.reject(new Error("broken")) };
    const { server, decisions } = await start({ faults });
    const ask = async (more: object) =>
      (await server.post("/v1/rank", { policy: "home", items: items(4), ...more })).body;
    const degraded = await ask({ user: { id: "u" } });
    faults.score = undefined;
    const model = await ask({ user: { id: "u" }, consent: [] });
    await server.send(
      "PUT",
      "/v1/policies/home",
      JSON.stringify({ mode: "log-only", exploration: { name: "privatePlackettLuce" } }),
    );
    const baseline = await ask({ user: { id: "u" } });
    expect(decisions().map(({ served }) => served)).toEqual(["degraded", "model", "baseline"]);
    const shapeOf = (answer: object) => JSON.stringify(answer).replace(/"decisionId":"[^"]*"|a\d/g, "");
    expect(new Set([degraded, model, baseline].map(shapeOf)).size).toBe(1);
  });

  it("is the same bytes when the same decision is asked for again, and is charged once", async () => {
    const { server, decisions } = await start();
    const body = { policy: "home", decisionId: "mine", items: items(9), slots: 4, user: { id: "u" } };
    const first = await server.post("/v1/rank", body);
    const second = await server.post("/v1/rank", body);
    expect(second.text).toBe(first.text);
    const [line, ...more] = decisions();
    expect(more).toEqual([]);
    const { text } = await server.get("/metrics");
    const total = Number(/brigand_privacy_epsilon_total\{policy="home"\} (\S+)/.exec(text)?.[1]);
    expect(total).toBe(line.noise?.epsilon);
    expect(text).toContain(`brigand_privacy_epsilon_last{policy="home"} ${line.noise?.epsilon}`);
    expect(text).toContain('brigand_privacy_delta_failures_total{policy="home"} 0');
  });
});

describe("the log line of a private decision", () => {
  it("holds words, exact fractions and epsilon, and the inside view repeats the draw from them", async () => {
    const parts = await start();
    remember(parts);
    const { server, decisions } = parts;
    const body = { policy: "home", items: items(12), slots: 4, user: { id: "u" }, pins: [{ id: "a5", position: 2 }] };
    const { body: answer } = await server.post("/v1/rank", body);
    const [line] = decisions();
    expect(line).toMatchObject({ v: 2, explorer: "privatePlackettLuce", served: "model", floor: 0 });
    const { noise } = line;
    expect(noise?.words).toMatch(/^[0-9a-f]{336}$/);
    expect(line.propensity).toEqual(noise?.weight.map((weight, slot) => weight / noise.sum[slot]));
    expect([noise?.weight[1], noise?.sum[1]]).toEqual([1, 1]);
    expect(noise?.epsilon).toBeCloseTo(3 * 0.5, 4);
    const { body: told } = await server.get(`/v1/decisions/${answer.decisionId}`);
    expect(told.replay).toEqual({ same: true, items: answer.items.map(({ id }: { id: string }) => id) });
    for (const { pmf, propensity, item, exact } of told.slots) {
      const index = told.candidates.findIndex(({ id }: { id: string }) => id === item);
      expect(pmf[index]).toBe(propensity);
      expect(exact.weight / exact.sum).toBe(propensity);
      expect(pmf.reduce((a: number, b: number) => a + b, 0)).toBeCloseTo(1, 12);
    }
    expect(told.candidates[1].score).toBeGreaterThan(told.candidates[1].publicScore);
  });

  it.each([true, false])(
    "has public scores in which the requester's past is its population constant, apart: %s",
    async (apart) => {
      const parts = await start({ apart });
      remember(parts);
      const { server, decisions } = parts;
      for (const id of ["u", "somebody else"])
        await server.post("/v1/rank", { policy: "home", items: items(4), user: { id } });
      const [own, others] = decisions();
      expect(own.publicScore).toEqual(others.publicScore);
      expect(own.score[1]).toBeCloseTo((own.publicScore?.[1] ?? 0) + 0.75, 5);
      expect(others.score[1]).toBeCloseTo((others.publicScore?.[1] ?? 0) - 0.25, 5);
      expect(own.shown).toHaveLength(4 * own.columns);
    },
  );

  it("draws by public scores alone, at no cost, without a user or without consent", async () => {
    const parts = await start();
    remember(parts);
    const { server, decisions } = parts;
    const ask = (more: object) => server.post("/v1/rank", { policy: "home", items: items(4), slots: 2, ...more });
    await ask({ session: "s" });
    await ask({ user: { id: "u" }, consent: ["learn_bandit"] });
    await ask({ user: { id: "u" }, consent: ["serve_personalised"] });
    const lines = decisions();
    expect(lines.map(({ noise }) => noise?.personal)).toEqual([false, false, true]);
    expect(lines.map(({ noise }) => noise?.epsilon === 0)).toEqual([true, true, false]);
    expect(lines[1].consent).toEqual(["learn_bandit"]);
    const [, refused] = lines;
    const { score, publicScore = score, parameters, noise } = refused;
    const words = wordsOf(noise?.words ?? "");
    const again = rankPrivately({
      scores: { score: publicScore, publicScore },
      parameters,
      personal: true,
      slots: 2,
      words,
    });
    expect(again.slots).toEqual(refused.slots);
  });

  it("asks for consent where the policy says that it must be given", async () => {
    const { server, decisions } = await start({ settings: { privacy: { consentRequired: true } } });
    await server.post("/v1/rank", { policy: "home", items: items(4), user: { id: "u" } });
    expect(decisions()[0].noise).toMatchObject({ personal: false, epsilon: 0 });
  });

  it("is degraded to the public order, and counted, when every word fails", async () => {
    const words = hexOf(new Array(6).fill(2 ** 53 - 1));
    const { server, decisions } = await start({ noise: (slots) => wordsOf(words.repeat(slots)) });
    const { body } = await server.post("/v1/rank", { policy: "home", items: items(5), slots: 3, user: { id: "u" } });
    const [line] = decisions();
    expect(line).toMatchObject({ served: "degraded", reason: "noise", slots: [0, 1, 2], propensity: [1, 1, 1] });
    expect(line.noise?.epsilon).toBeGreaterThan(0);
    const { body: told } = await server.get(`/v1/decisions/${body.decisionId}`);
    expect(told.replay.same).toBe(true);
    expect((await server.get("/metrics")).text).toContain('brigand_privacy_delta_failures_total{policy="home"} 1');
  });
});
