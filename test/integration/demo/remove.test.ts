/** The demo of a first start, and that nothing of it is left when it is removed, whoever was using it. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectRedis } from "../../../src/adapters/redis/connection.ts";
import { managedRedisUrl } from "../../../src/adapters/redis/managed.ts";
import { poll, runBrigand, type StartedBrigand, startBrigand } from "../../support/processes.ts";
import { items, TestServer } from "../../unit/server/fakes.ts";

const PATIENCE_MS = 50_000;
const on = { env: { DEMO: "on" } };

/** Resolves when the demo has swapped in a model, as the page's numbers tell. */
async function learning(server: TestServer): Promise<void> {
  await poll(PATIENCE_MS, async () => {
    const { status, body } = await server.get("/v1/overview?policy=demo");
    return status === 200 && body.model.version > 1 && body.overview?.now.lists > 20 ? true : undefined;
  });
}

/** Files below the folder whose name or bytes tell of the demo. */
function traces(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const kind = statSync(path);
    if (kind.isDirectory()) return name === "redis" ? [] : [...traces(path), ...(isNamed(name) ? [path] : [])];
    // A socket has a name and no bytes.
    return isNamed(name) || (kind.isFile() && readFileSync(path).includes("demo-item")) ? [path] : [];
  });
}

const isNamed = (name: string) => /(^|[=.])demo($|\.)/.test(name) && name !== "demo.json";

async function gone(server: TestServer, { dataDir }: StartedBrigand): Promise<void> {
  const left = () => traces(dataDir).concat(existsSync(join(dataDir, "removals", "demo")) ? ["removals/demo"] : []);
  await expect.poll(left, { timeout: PATIENCE_MS, interval: 250 }).toEqual([]);
  expect((await server.get("/v1/policies")).body.policies.map(({ name }: { name: string }) => name)).toEqual(["home"]);
}

async function homeWorks(server: TestServer): Promise<void> {
  const { body } = await server.post("/v1/rank", {
    policy: "home",
    items: items(5).map((item) => ({ ...item, features: { n: 1 } })),
  });
  expect(body.items).toHaveLength(5);
  expect((await server.post("/v1/rewards", { decisionId: body.decisionId, value: 1 })).status).toBe(202);
}

describe("the demo", () => {
  it("learns on a first start, and one form removes all of it while another policy goes on", {
    timeout: 120_000,
  }, async () => {
    const brigand = await startBrigand("start", on);
    const server = new TestServer(brigand.url, async () => {});
    await homeWorks(server);
    await learning(server);
    expect(traces(brigand.dataDir).length).toBeGreaterThan(5);
    const foreign = await fetch(`${brigand.url}/page/demo/remove`, {
      method: "POST",
      headers: { origin: "http://evil.example" },
    });
    expect(foreign.status).toBe(403);
    const asked = await fetch(`${brigand.url}/page/demo/remove`, { method: "POST", redirect: "manual" });
    expect(asked.status).toBe(303);
    await homeWorks(server);
    await gone(server, brigand);
    await homeWorks(server);
    const redis = connectRedis({ url: managedRedisUrl(brigand.dataDir), role: "worker" });
    expect((await redis.keys("*demo*")).filter((key) => !key.includes(":repeat:"))).toEqual([]);
    redis.disconnect();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(traces(brigand.dataDir)).toEqual([]);
    expect(brigand.output()).not.toMatch(/"level":[56]0/);
    brigand.kill("SIGINT");
    await brigand.exited;
    const again = await startBrigand("start", { ...on, dataDir: brigand.dataDir });
    const second = new TestServer(again.url, async () => {});
    await homeWorks(second);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await gone(second, again);
  });

  it("is removed by the command line, whether Brigand runs or was killed", { timeout: 120_000 }, async () => {
    const brigand = await startBrigand("start", on);
    const server = new TestServer(brigand.url, async () => {});
    await homeWorks(server);
    await learning(server);
    brigand.kill("SIGKILL");
    await brigand.exited;
    const { code, stdout } = await runBrigand(["demo", "remove", "--data-dir", brigand.dataDir]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "The demo is gone, with everything it left.\n" });
    expect(traces(brigand.dataDir)).toEqual([]);
    const again = await runBrigand(["demo", "remove", "--data-dir", brigand.dataDir]);
    expect(again.stdout).toBe("The demo was removed before.\n");
  });

  it("does not begin on a data folder that is in use, nor when it is switched off", async () => {
    const brigand = await startBrigand("start");
    const server = new TestServer(brigand.url, async () => {});
    await homeWorks(server);
    brigand.kill("SIGINT");
    await brigand.exited;
    const again = await startBrigand("start", { ...on, dataDir: brigand.dataDir });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { body } = await new TestServer(again.url, async () => {}).get("/v1/policies");
    expect(body.policies.map(({ name }: { name: string }) => name)).toEqual(["home"]);
  });
});
