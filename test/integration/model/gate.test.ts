/** The promotion gate through the whole product: judged by the policy's own log, refused, forced, shown, audited. */
import { expect, test } from "vitest";
import { bundleOf, linearScore } from "../../support/foreignModels.ts";
import { runBrigand, startBrigand } from "../../support/processes.ts";

interface Answer {
  readonly status: number;
  readonly body: { readonly [name: string]: unknown };
}

async function call(url: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const json = (method: string, value: unknown): RequestInit => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

const items = ["a", "b"].map((id) => ({ id }));
const DECISIONS = 400;

/** By the first column: the caller's place of an item. */
const byPlace = (weight: number) => Buffer.from(bundleOf(linearScore([weight, 0, 0, 0, 0])));

test("a version that the log shows to be worse is refused unless it is forced, and the evidence is kept", {
  timeout: 120_000,
}, async () => {
  const { url, dataDir } = await startBrigand("serve");
  await startBrigand("work", { dataDir });
  const exploration = { name: "epsilonGreedy", parameters: { explorationRate: 0.5 } };
  await call(url, "/v1/policies/home", json("PUT", { rewardWindowMs: 500, settleMs: 200, exploration }));
  const push = (weight: number, query = "") =>
    call(url, `/v1/models/home/versions${query}`, {
      method: "POST",
      headers: { "content-type": "application/x-tar" },
      body: byPlace(weight),
    });
  // Nothing to compare with yet: it passes, and that is said.
  expect(await push(0)).toMatchObject({ status: 201, body: { version: 1, label: "stable" } });
  const labels = async () => (await call(url, "/v1/models/home/labels")).body;
  expect(await labels()).toMatchObject({ stable: 1, evidence: { verdict: "nothing", label: "stable", against: 0 } });
  // The first item earns, the second never; version 1 cannot tell them apart.
  const decided: string[] = [];
  for (let i = 0; i < DECISIONS; i++) {
    const { body } = await call(
      url,
      "/v1/rank",
      json("POST", { policy: "home", user: { id: `u${i}` }, items, slots: 1 }),
    );
    const [first] = body.items as { id: string }[];
    decided.push(String(body.decisionId));
    if (first.id === "a") await call(url, "/v1/rewards", json("POST", [{ decisionId: body.decisionId, value: 1 }]));
  }
  const closed = async () => {
    const listing = await (await fetch(`${url}/v1/logs?policy=home&limit=1000`)).text();
    return listing.split("\n").filter((line) => line.includes('"closed"')).length;
  };
  await expect.poll(closed, { timeout: 30_000, interval: 200 }).toBe(DECISIONS);

  const worse = await push(1);
  expect(worse).toMatchObject({ status: 409, body: { code: "CB_GATE_WORSE" } });
  expect(String(worse.body.message)).toMatch(/Version 2 must not be worse than version 1 .*difference -0\.2/);
  expect(await labels()).toMatchObject({ stable: 1 });
  const canary = { canary: { version: 2, share: 0.5 } };
  expect((await call(url, "/v1/models/home/labels", json("POST", canary))).body.code).toBe("CB_GATE_WORSE");
  // Deferred and never activated: it counts nowhere, however soon the next version is judged.
  const ranked = await call(url, "/v1/rank", json("POST", { policy: "home", items, slots: 1, defer: true }));
  expect(ranked.body.modelVersion).toBe(1);

  expect(await push(-1)).toMatchObject({ status: 201, body: { version: 3, label: "stable" } });
  expect(await labels()).toMatchObject({
    stable: 3,
    evidence: { version: 3, against: 1, verdict: "better", decisions: DECISIONS, subjects: DECISIONS, unseen: false },
  });
  // Back needs no judge.
  expect((await call(url, "/v1/models/home/rollback", { method: "POST" })).body).toMatchObject({ stable: 1 });

  const command = (...args: string[]) => runBrigand(["models", ...args, "--url", url], { DATA_DIR: dataDir });
  const refused = await command("promote", "home", "2");
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("CB_GATE_WORSE") });
  const forced = await command("promote", "home", "2", "--force");
  expect(forced).toMatchObject({ code: 0, stdout: expect.stringContaining("gate, stable against 1: worse, forced") });
  const inspected = await command("inspect", "home", "2");
  expect(JSON.parse(inspected.stdout)).toMatchObject({
    version: 2,
    pushed: true,
    promotions: [{ reason: "forced: labelled", evidence: { verdict: "worse", forced: true } }],
  });
  const { stdout: audit } = await runBrigand(["logs", "audit", "--json"], { DATA_DIR: dataDir });
  expect(audit).toContain("/v1/models/home/labels?force=true");
});

test("a pushed version that no label names serves nobody, and without a gate any label is taken", async () => {
  const { url } = await startBrigand("serve", { env: { GATE: "off" } });
  const rank = () => call(url, "/v1/rank", json("POST", { policy: "home", items }));
  await rank();
  const pushed = await call(url, "/v1/models/home/versions?label=none", {
    method: "POST",
    headers: { "content-type": "application/x-tar" },
    body: byPlace(1),
  });
  expect(pushed).toMatchObject({ status: 201, body: { version: 1, label: "none" } });
  expect((await rank()).body.modelVersion).toBe(0);
  expect((await call(url, "/v1/models/home/labels", json("POST", { stable: 1 }))).body).not.toHaveProperty("evidence");
  expect((await rank()).body.modelVersion).toBe(1);
  await call(url, "/v1/models/home/labels", json("POST", { stable: null }));
  expect((await rank()).body.modelVersion).toBe(0);
});
