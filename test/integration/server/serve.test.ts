/** The whole server over its real log, keys, models and settings; only the network is this machine's. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config.ts";
import { type Serving, serve } from "../../../src/server/main.ts";
import { items, TestServer } from "../../unit/server/fakes.ts";

const folders: string[] = [];
const running: Serving[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((serving) => serving.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "brigand-"));
  folders.push(folder);
  return folder;
}

async function start(dataDir: string, flags: { [name: string]: unknown } = {}) {
  const config = loadConfig({}, { dataDir, port: 0, logLevel: "silent", ...flags });
  const serving = await serve(config, { stages: true });
  running.push(serving);
  return new TestServer(serving.url, async () => {
    running.splice(running.indexOf(serving), 1);
    await serving.close();
  });
}

const withoutTime = (text: string) => text.replace(/,"tookMs":[\d.]+/, "");

describe("a server on an empty folder", () => {
  it("listens within a second and ranks uniformly by the seed model", async () => {
    const started = performance.now();
    const server = await start(dataFolder());
    expect(performance.now() - started).toBeLessThan(1000);
    const { status, body } = await server.post("/v1/rank", { policy: "home", items: items(4), explain: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({ served: "model", modelVersion: 0, reason: null });
    for (const p of body.explain.pmf[0]) expect(p).toBeCloseTo(0.25, 9);
  });

  it("keeps no id of a person in any file nor in its metrics", async () => {
    const dataDir = dataFolder();
    const server = await start(dataDir);
    const secret = "grace.hopper@example.com";
    const user = { id: secret, features: { plan: "free" } };
    const ranked = await server.post("/v1/rank", {
      policy: "home",
      decisionId: "d1",
      user,
      session: `s-${secret}`,
      items: items(3),
    });
    await server.post("/v1/rewards", { decisionId: ranked.body.decisionId, value: 1 });
    const timestamp = 1_700_000_000_000;
    const events = [
      { event: "user", id: "e1", user: secret, timestamp, fields: [] },
      { event: "ranking", id: "e2", user: secret, session: `s-${secret}`, timestamp, items: [{ id: "a1" }] },
      { event: "interaction", id: "e3", ranking: "e2", user: secret, type: "click", item: "a1", timestamp },
    ];
    const { body } = await server.send(
      "POST",
      "/v1/feedback?policy=home",
      events.map((e) => JSON.stringify(e)).join("\n"),
      "application/x-ndjson",
    );
    expect(body).toEqual({ accepted: 3, rejected: [] });
    const metrics = await server.get("/metrics");
    await server.close();
    const everything = filesUnder(dataDir).map((path) => readFileSync(path));
    expect(everything.length).toBeGreaterThan(4);
    for (const bytes of [...everything, Buffer.from(metrics.text)]) expect(bytes.includes(secret)).toBe(false);
  });
});

describe("a server that comes after another", () => {
  it("gives the stored answer to a decision id of the one that died, and refuses another body", async () => {
    const dataDir = dataFolder();
    const first = await start(dataDir);
    const body = { policy: "home", decisionId: "checkout-1", items: items(30), context: { device: "mobile" } };
    const answered = await first.post("/v1/rank", body);
    const second = await start(dataDir);
    const again = await second.post("/v1/rank", { ...body });
    expect(again.status).toBe(200);
    expect(withoutTime(again.text)).toBe(withoutTime(answered.text));
    const other = await second.post("/v1/rank", { ...body, slots: 2 });
    expect({ status: other.status, code: other.body.code }).toEqual({ status: 409, code: "CB_DECISION_CONFLICT" });
  });

  it("finds, explains and rewards decisions of the one before by their ids alone", async () => {
    const dataDir = dataFolder();
    const first = await start(dataDir);
    const { body } = await first.post("/v1/rank", { policy: "home", items: items(12), slots: 3 });
    await first.close();
    const second = await start(dataDir);
    const told = await second.get(`/v1/decisions/${body.decisionId}`);
    expect(told.body.replay).toEqual({ same: true, items: body.items.map(({ id }: { id: string }) => id) });
    const hidden = items(12).find(({ id }) => !body.items.some((item: { id: string }) => item.id === id));
    const refused = await second.post("/v1/rewards", { decisionId: body.decisionId, item: hidden?.id, value: 1 });
    expect(refused.body.code).toBe("CB_REWARD_ITEM_NOT_SHOWN");
    expect((await second.post("/v1/rewards", { decisionId: body.decisionId, value: 1 })).status).toBe(202);
  });

  it("knows the policies and their settings", async () => {
    const dataDir = dataFolder();
    const first = await start(dataDir);
    await first.send("PUT", "/v1/policies/home", JSON.stringify({ slots: 2, mode: "apprentice" }));
    await first.post("/v1/rank", { policy: "other", items: items(2) });
    await first.close();
    const second = await start(dataDir);
    expect((await second.get("/v1/policies/home")).body).toMatchObject({ slots: 2, mode: "apprentice" });
    expect((await second.get("/v1/policies")).body.policies.map(({ name }: { name: string }) => name)).toEqual([
      "home",
      "other",
    ]);
  });
});

describe("two servers on one folder", () => {
  it("see each other's settings within two seconds", async () => {
    const dataDir = dataFolder();
    const one = await start(dataDir);
    const two = await start(dataDir);
    await one.send("PUT", "/v1/policies/home", JSON.stringify({ slots: 1 }));
    await expect.poll(async () => (await two.get("/v1/policies/home")).body?.slots, { timeout: 2500 }).toBe(1);
  });
});

describe("a full write-ahead log", () => {
  it("is answered with 503 and when to come again, until there is room", async () => {
    const server = await start(dataFolder(), { walBytesMax: 20_000 });
    let refused: Awaited<ReturnType<TestServer["post"]>> | undefined;
    for (let i = 0; i < 100 && refused === undefined; i++) {
      const answer = await server.post("/v1/rank", { policy: "home", items: items(100) });
      if (answer.status !== 200) refused = answer;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect({ status: refused?.status, code: refused?.body.code }).toEqual({ status: 503, code: "CB_LOG_FULL" });
    expect(refused?.headers.get("retry-after")).toBe("1");
    expect((await server.get("/health/live")).status).toBe(200);
  });
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

describe("two servers on one folder", () => {
  it("decide an id that comes to both at once only once, and each answers what was decided", async () => {
    const dataDir = dataFolder();
    const servers = [await start(dataDir), await start(dataDir)];
    await servers[0].post("/v1/rank", { policy: "home", items: items(2) });
    for (let i = 0; i < 20; i++) {
      const body = { policy: "home", decisionId: `both-${i}`, items: items(60), timeoutMs: 2000 };
      const answers = await Promise.all([0, 1, 1, 0].map((which) => servers[which].post("/v1/rank", body)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(new Set(answers.map(({ text }) => withoutTime(text))).size).toBe(1);
    }
  });

  it("know each other's decisions by the ids that callers chose", async () => {
    const dataDir = dataFolder();
    const [one, other] = [await start(dataDir), await start(dataDir)];
    await one.post("/v1/rank", { policy: "home", decisionId: "mine", items: items(5) });
    const { status, body } = await other.get("/v1/decisions/mine");
    expect({ status, id: body.decisionId }).toEqual({ status: 200, id: "mine" });
    const wrong = await other.post("/v1/rank", { policy: "home", decisionId: "mine", items: items(4) });
    expect(wrong.body.code).toBe("CB_DECISION_CONFLICT");
    const rewarded = await other.post("/v1/rewards", { decisionId: "mine", item: "no-such", value: 1 });
    expect(rewarded.body.code).toBe("CB_REWARD_ITEM_NOT_SHOWN");
  });
});
