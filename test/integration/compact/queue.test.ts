/** The compact and retrain jobs as a whole: server, worker and Redis as `brigand start` runs them. */
import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { readManifests } from "../../../src/adapters/duckdb/manifest.ts";
import { readInteractions } from "../../../src/adapters/duckdb/readInteractions.ts";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { startBrigand } from "../../support/processes.ts";
import { items, TestServer } from "../../unit/server/fakes.ts";

it("brigand start lands closed decisions in Parquet by itself", async () => {
  const started = await startBrigand("start", { env: { COMPACT_INTERVAL_MS: "500" } });
  const server = new TestServer(started.url, async () => {});
  await server.send("PUT", "/v1/policies/home", JSON.stringify({ rewardWindowMs: 2000, settleMs: 100 }));
  const rewards = new Map<string, number>();
  for (let i = 0; i < 20; i++) {
    const { body } = await server.post("/v1/rank", { policy: "home", items: items(5), slots: 2 });
    await server.post("/v1/rewards", { decisionId: body.decisionId, value: i });
    rewards.set(body.decisionId, i);
  }
  const { root } = layoutOf(started.dataDir);
  const landed = async () =>
    (await readManifests({ dataDir: root, policy: "home" })).reduce((n, { rows }) => n + rows, 0);
  await expect.poll(landed, { timeout: 25_000, interval: 200 }).toBe(40);
  for await (const rows of readInteractions(root, { policy: "home" })) {
    for (const { decisionId, position, reward } of rows)
      expect(reward).toBe(position === 1 ? rewards.get(decisionId) : 0);
  }
  expect(readdirSync(layoutOf(started.dataDir).trainOf("home")).sort()).toEqual(["compact", "learner.bin", "retrain"]);
  expect(started.output()).not.toContain("a job failed");
});
