import { afterEach, describe, expect, it } from "vitest";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { type DecisionRecord, RecordKind } from "../../../src/core/log/records.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { items, listen, memoryPorts, type TestServer } from "./fakes.ts";

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const even = [
  { name: "control", weight: 1 },
  { name: "challenger", weight: 1, exploration: { name: "uniform", parameters: {} }, model: 2 },
];

async function start(settings: object = { variants: even }) {
  const parts = memoryPorts();
  const server = await listen(parts.ports);
  servers.push(server);
  const put = await server.send("PUT", "/v1/policies/home", JSON.stringify(settings));
  expect(put.status).toBe(200);
  const lines = () =>
    parts.wal.records("home").filter((record): record is DecisionRecord => record.kind === RecordKind.decision);
  const rank = async (body: object) =>
    (await server.post("/v1/rank", { policy: "home", items: items(5), ...body })).body;
  return { ...parts, server, put, lines, rank };
}

describe("a policy with variants", () => {
  it("answers the same variant to a subject in every order and in every process", async () => {
    const [first, second] = [await start(), await start()];
    const users = Array.from({ length: 40 }, (_, i) => `u${i}`);
    const told = new Map<string, string>();
    for (const id of users) told.set(id, (await first.rank({ user: { id } })).variant);
    for (const id of users.toReversed()) {
      expect((await second.rank({ user: { id }, session: "other" })).variant).toBe(told.get(id));
      expect((await first.rank({ user: { id } })).variant).toBe(told.get(id));
    }
    expect(new Set(told.values())).toEqual(new Set(["control", "challenger"]));
  });

  it("draws by the exploration and scores by the version of the variant, and the log says so", async () => {
    const { rank, lines, server } = await start();
    for (let i = 0; i < 12; i++) await rank({ user: { id: `u${i}` } });
    const of = (variant: string) => lines().filter((line) => line.variant === variant);
    expect(of("control").length + of("challenger").length).toBe(12);
    for (const line of of("control")) expect(line).toMatchObject({ explorer: "plackettLuce", modelVersion: 3 });
    for (const line of of("challenger")) {
      expect(line).toMatchObject({ explorer: "uniform", modelVersion: 2 });
      expect(line.propensity[0]).toBeCloseTo(0.2, 12);
    }
    const told = await server.get(`/v1/decisions/${of("challenger")[0].id}`);
    expect(told.body).toMatchObject({ variant: "challenger", replay: { same: true } });
  });

  it("assigns by the session without a user, and by the decision without both", async () => {
    const { rank, lines } = await start();
    const variants = new Set<string>();
    for (let i = 0; i < 8; i++) variants.add((await rank({ session: "s1" })).variant);
    expect(variants.size).toBe(1);
    for (let i = 0; i < 30; i++) variants.add((await rank({})).variant);
    expect(variants.size).toBe(2);
    expect(new Set(lines().map(({ unit }) => unit))).toEqual(new Set(["session", "decision"]));
    const again = await rank({ decisionId: "mine" });
    expect((await rank({ decisionId: "mine" })).variant).toBe(again.variant);
  });

  it("tells its settings in full, and takes them back as they were told", async () => {
    const { put, server, wal } = await start();
    expect(put.body.variants).toEqual([
      { name: "control", weight: 1, model: "stable", learn: "pooled" },
      { ...even[1], learn: "pooled" },
    ]);
    const again = await server.send("PUT", "/v1/policies/home", put.text);
    expect(again.body).toEqual(put.body);
    const logged = wal.records("home").findLast(({ kind }) => kind === RecordKind.settings);
    expect(logged).toMatchObject({ settings: { variants: put.body.variants, exploration: { name: "plackettLuce" } } });
  });

  it("serves the newest version, and counts a fault, where the named one has gone", async () => {
    const { rank, ports, server } = await start({ variants: [{ name: "old", weight: 1, model: 2 }] });
    const { current } = ports.models;
    ports.models.current = (line) => current(line);
    expect(await rank({ user: { id: "u1" } })).toMatchObject({ served: "model", modelVersion: 3, variant: "old" });
    expect((await server.get("/metrics")).text).toMatch(/brigand_faults_total\{place="variant model"\} 1/);
  });

  it("has the named versions loaded before the first request after a start", async () => {
    const { ports } = memoryPorts();
    await ports.policies.put("home", { variants: [{ name: "old", weight: 1, model: 2, learn: "pooled" }] });
    const kept: [string, readonly number[]][] = [];
    ports.models.keep = async (line, versions) => void kept.push([line, versions]);
    servers.push(await listen(ports));
    expect(kept).toEqual([["home", [2]]]);
  });

  it("keeps its settings when the new ones name a version that is not there", async () => {
    const { server, put } = await start();
    const wrong = await server.send(
      "PUT",
      "/v1/policies/home",
      JSON.stringify({ variants: [{ name: "x", weight: 1, model: 99 }] }),
    );
    expect(wrong).toMatchObject({ status: 404, body: { code: "CB_MODEL_VERSION_UNKNOWN" } });
    expect((await server.get("/v1/policies/home")).body).toEqual(put.body);
  });
});

describe("the table of variants over HTTP", () => {
  it("tells what each variant has earned, and lists policies that have variants", async () => {
    const { server, state, put } = await start();
    const since = 1_700_000_000_000;
    state.experiment.begin({ variants: put.body.variants, salt: "", since });
    for (let i = 0; i < 400; i++) {
      const about = {
        decision: `d${i}`,
        learnedAt: i,
        rewards: [1],
        served: "model",
        decidedAt: since + 5000,
      } as const;
      const variant = even[i % 2].name;
      state.experiment.add({
        kind: OperationKind.close,
        ...about,
        variant,
        subject: `s${i}`,
        reward: i % 3,
        at: since,
      });
    }
    const { status, body } = await server.get("/v1/policies/home/variants");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      policy: "home",
      since,
      alpha: 0.05,
      variants: [
        { name: "control", share: 0.5, decisions: 200, subjects: 200, verdict: "first" },
        { name: "challenger", decisions: 200, verdict: "open", difference: { absolute: { low: expect.any(Number) } } },
      ],
      sampleRatio: { state: "ok", counts: [200, 200], pearsonP: 1 },
      exposures: { state: "ok", p: 1 },
      crossed: 0,
      elsewhere: 0,
    });
    await server.post("/v1/rank", { policy: "plain", items: items(2) });
    expect((await server.get("/v1/experiments")).body).toEqual({ experiments: [body] });
  });

  it("is loud when 2 % of one variant's exposures are lost: 10,000 subjects of 50 exposures each", async () => {
    const { server, state, put } = await start();
    const since = 1_700_000_000_000;
    const uniform = uniformOf("5".repeat(64));
    for (const lost of [0, 0.02]) {
      state.experiment.begin({ variants: put.body.variants, salt: "", since });
      for (let i = 0; i < 500_000; i++) {
        const who = Math.floor(uniform() * 10_000);
        const variant = even[who % 2].name;
        if (who % 2 === 1 && uniform() < lost) continue;
        const place = { decision: "d", learnedAt: 1, rewards: [], served: "model" } as const;
        const { close: kind } = OperationKind;
        state.experiment.add(
          Object.assign(place, { kind, variant, subject: `s${who}`, decidedAt: since + 5000, at: since }),
        );
      }
      const { body } = await server.get("/v1/policies/home/variants");
      expect(body.sampleRatio).toMatchObject({ state: "ok", counts: [5000, 5000] });
      expect(body.exposures.state).toBe(lost === 0 ? "ok" : "alarm");
      if (lost === 0) expect(body.exposures.detectable).toBeLessThan(0.02);
    }
  });

  it("has no intervals, and no ends that are no numbers, at the start", async () => {
    const { server } = await start();
    const { body } = await server.get("/v1/policies/home/variants");
    expect(body.variants).toHaveLength(1);
    expect(body.variants[0]).toMatchObject({ name: "default", decisions: 0, verdict: "first" });
  });
});

describe("a policy in mode canary", () => {
  it("serves the model to a sticky share and the caller's order to everybody else", async () => {
    const { rank } = await start({ mode: "canary", canaryShare: 0.25, timeoutMs: 60_000 });
    const users = Array.from({ length: 200 }, (_, i) => `u${i}`);
    const served = new Map<string, string>();
    for (const id of users) served.set(id, (await rank({ user: { id } })).served);
    for (const id of users.toReversed()) expect((await rank({ user: { id } })).served).toBe(served.get(id));
    const share = [...served.values()].filter((who) => who === "model").length / users.length;
    // The users are fixed, so is the share; a binomial of 200 lies within ±.12 in all but 1 of 10,000 cases.
    expect(Math.abs(share - 0.25)).toBeLessThan(0.12);
    expect(new Set(served.values())).toEqual(new Set(["model", "baseline"]));
  });
});

describe("a shadow", () => {
  it("scores beside the answers, which neither wait for it nor change", async () => {
    const { server, ports, rank } = await start({ timeoutMs: 60_000 });
    const scored: number[] = [];
    const scorer = {
      version: 9,
      columns: [],
      score: async ({ n }: { n: number }) => {
        scored.push(n);
        return { mean: new Float32Array(n), variance: new Float32Array(n) };
      },
      release: async () => {},
    };
    ports.models.shadow = () => scorer;
    const answer = await rank({ user: { id: "u" } });
    expect(answer).toMatchObject({ served: "model", modelVersion: 3 });
    await expect.poll(() => scored, { interval: 2 }).toEqual([5]);
    const metrics = await fetch(`${server.url}/metrics`);
    expect(await metrics.text()).toMatch(/brigand_shadow_total\{outcome="(agreed|differed)"\} 1/);
    ports.models.shadow = () => ({ ...scorer, score: () => Promise.reject(new Error("broken")) });
    expect(await rank({ user: { id: "u" } })).toMatchObject({ served: "model" });
  });
});
