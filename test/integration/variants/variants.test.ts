/**
 * An experiment through everything that is real: two servers on one folder, their logs, the writer, training, hot
 * loading, the table over HTTP and on the command line. 10,000 subjects, one decision each; the bound on
 * their counts (chi-square below 23.928, one degree of freedom) has a false-alarm rate of 10⁻⁶, the other checks .001;
 * the key of the pseudonyms is fixed, so who gets what is the same in every run.
 */
import { afterEach, describe, expect, it } from "vitest";
import { openFsTransport } from "../../../src/adapters/fs/fsTransport.ts";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { modelStore } from "../../../src/adapters/fs/modelStore.ts";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import { loadConfig } from "../../../src/config.ts";
import { defaultBounds } from "../../../src/core/pipeline.ts";
import { defaultSettings } from "../../../src/core/settings/policy.ts";
import type { VariantTable } from "../../../src/core/variants/table.ts";
import { type Serving, serve } from "../../../src/server/main.ts";
import { verifyPolicy } from "../../../workers/replay/verify.ts";
import { train } from "../../../workers/retrain/trainer.ts";
import { PolicyWriter } from "../../../workers/writer/policyWriter.ts";
import { runBrigand } from "../../support/processes.ts";
import { temporaryFolder } from "../../support/tmp.ts";
import { items, TestServer } from "../../unit/server/fakes.ts";

const SUBJECTS = 10_000;
const AT_ONCE = 40;
const KEY = "7".repeat(64);
const variants = [
  { name: "control", weight: 1 },
  { name: "challenger", weight: 1, learn: "own", exploration: { name: "uniform", parameters: {} } },
];
const running: Serving[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((serving) => serving.close()));
});

async function start(dataDir: string): Promise<TestServer> {
  const serving = await serve(loadConfig({}, { dataDir, port: 0, logLevel: "silent", subjectKey: KEY }));
  running.push(serving);
  return new TestServer(serving.url, () => serving.close());
}

/** `task` for 0 … n − 1, some at once. */
async function inParallel(n: number, task: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < n) await task(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function tableOf(server: TestServer): Promise<VariantTable> {
  return (await server.get("/v1/policies/home/variants")).body;
}

/** Joins until the table has this many closed decisions. */
async function joinUntil(writer: PolicyWriter, server: TestServer, decisions: number): Promise<VariantTable> {
  let table: VariantTable | undefined;
  await expect
    .poll(
      async () => {
        while (await writer.round());
        table = await tableOf(server);
        return table.variants.reduce((sum, row) => sum + row.decisions, 0);
      },
      { timeout: 30_000, interval: 100 },
    )
    .toBe(decisions);
  if (table === undefined) throw new Error("no table");
  return table;
}

describe("an experiment over HTTP", () => {
  it("assigns 10,000 subjects alike in two servers, compares what they earn, and lets a variant learn on its own", {
    timeout: 180_000,
  }, async () => {
    const dataDir = temporaryFolder();
    const layout = layoutOf(dataDir);
    const [one, two] = [await start(dataDir), await start(dataDir)];
    const settings = { variants, settleMs: 0, rewardWindowMs: 10_000, timeoutMs: 20_000, slots: 1 };
    expect((await one.send("PUT", "/v1/policies/home", JSON.stringify(settings))).status).toBe(200);
    const told = async () => (await two.get("/v1/policies/home")).body?.variants?.length;
    await expect.poll(told, { timeout: 5000 }).toBe(2);
    // Decisions of the first two seconds after a change of variants do not count.
    await new Promise((resolve) => setTimeout(resolve, 2100));

    const byUser = new Map<string, string>();
    const rank = async (server: TestServer, id: string) => {
      const { body } = await server.post("/v1/rank", { policy: "home", user: { id }, items: items(3) });
      expect(body.served).toBe("model");
      return body;
    };
    const waiting: object[] = [];
    let rewarded = 0;
    const reward = async (atLeast: number) => {
      if (waiting.length < atLeast) return;
      const sent = waiting.splice(0);
      rewarded += sent.length;
      expect((await one.post("/v1/rewards", sent)).status).toBe(202);
    };
    await inParallel(SUBJECTS, async (i) => {
      const id = `u${(i * 7919) % SUBJECTS}`;
      const { variant, decisionId, items: shown } = await rank(i % 2 === 0 ? one : two, id);
      byUser.set(id, variant);
      if (i % 3 === 0) waiting.push({ decisionId, item: shown[0].id, value: 1 });
      await reward(200);
    });
    await reward(1);
    await inParallel(500, async (i) => {
      const id = `u${SUBJECTS - 1 - i}`;
      expect((await rank(i % 2 === 0 ? two : one, id)).variant).toBe(byUser.get(id));
    });
    const control = [...byUser.values()].filter((variant) => variant === "control").length;
    expect((control - SUBJECTS / 2) ** 2 / (SUBJECTS / 4)).toBeLessThan(23.928);

    const transport = openFsTransport({ layout });
    const elapsed = () => systemClock.elapsed();
    const settled = { policy: "home", layout, transport, settings: defaultSettings, bounds: defaultBounds };
    const writer = await PolicyWriter.open({ ...settled, elapsed });
    if (writer === undefined) throw new Error("another process writes the policy");
    const table = await joinUntil(writer, one, SUBJECTS + 500);
    expect(table.variants.map(({ subjects }) => subjects)).toEqual([control, SUBJECTS - control]);
    expect(table.sampleRatio).toMatchObject({ state: "ok", counts: [control, SUBJECTS - control] });
    expect(table.exposures.state).toBe("ok");
    expect(table.crossed).toBe(0);
    const earned = table.variants.reduce((sum, { reward, decisions }) => sum + (reward?.value ?? 0) * decisions, 0);
    expect(earned).toBeCloseTo(rewarded, 6);
    expect(table.variants[1].verdict).toBe("open");

    const trained = await train({ layout, policy: "home", now: systemClock.now(), versionsKept: 5 });
    expect(trained).toMatchObject({ version: 1, rows: SUBJECTS + 500, own: { "home.challenger": 1 } });
    const own = await modelStore({ folder: layout.modelsOf("home").replace(/home$/, "") }).manifest(
      "home.challenger",
      1,
    );
    expect(own.rows).toBe(table.variants[1].decisions);
    const challenger = [...byUser].find(([, variant]) => variant === "challenger")?.[0] ?? "";
    await expect.poll(async () => (await rank(two, challenger)).modelVersion, { timeout: 5000 }).toBe(1);
    const listed = (await one.get("/v1/models")).body.models.map(({ policy }: { policy: string }) => policy);
    expect(listed).toEqual(["home", "home.challenger"]);

    const asJson = await runBrigand(["experiments", "--json"], { DATA_DIR: dataDir });
    expect(asJson).toMatchObject({ code: 0, stderr: "" });
    while (await writer.round());
    expect(JSON.parse(asJson.stdout).variants[0]).toEqual((await tableOf(one)).variants[0]);
    const forPeople = await runBrigand(["experiments", "--policy", "home"], { DATA_DIR: dataDir });
    expect(forPeople.stdout).toMatch(/^control +50.0 % +\d{4} +\d{4} +0\.\d+ \[0\.\d+, 0\.\d+\] +first$/m);
    expect(forPeople.stdout).toMatch(/^challenger .+ open$/m);
    expect(forPeople.stdout).toMatch(/^ {2}subjects by variant: ok, p .+; would show a loss of 1\d\.\d %$/m);

    await writer.close();
    const restarted = await start(dataDir);
    await expect
      .poll(async () => (await tableOf(restarted)).variants[0], { timeout: 5000 })
      .toEqual((await tableOf(one)).variants[0]);
    const verified = await verifyPolicy({ ...settled });
    expect(verified).toMatchObject({ equal: true, state: { equal: true }, learner: { equal: true } });
    await transport.close();
  });
});
