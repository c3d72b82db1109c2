/**
 * The client against a server that is killed in the middle: a list within the deadline, and rewards that arrive once it
 * is back, each counted once although each is sent twice. In Node, and in a page of another origin in Chromium.
 */
import { copyFileSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { JoinedReader } from "../../src/adapters/fs/joinedLogReader.ts";
import { layoutOf } from "../../src/adapters/fs/layout.ts";
import { createClient } from "../../src/client/client.ts";
import { fileStorage } from "../../src/client/fileStorage.ts";
import type { Ranking } from "../../src/client/types.ts";
import { decodeOperation } from "../../src/core/join/codec.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import { findChromium, openBrowser } from "../support/browser.ts";
import { poll, type StartedBrigand, startBrigand } from "../support/processes.ts";
import { projectRoot } from "../support/shared.ts";
import { temporaryFolder } from "../support/tmp.ts";

/** Far above what a local list takes, far below what a hung connection would. */
const DEADLINE_MS = 500;
const SETTINGS = { rewardWindowMs: 20_000, settleMs: 200, rewardAggregation: "sum" };
const items = [{ id: "a" }, { id: "b" }, { id: "c" }];

async function product(env: { readonly [name: string]: string } = {}): Promise<StartedBrigand> {
  const started = await startBrigand("start", { env });
  const put = { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(SETTINGS) };
  expect((await fetch(`${started.url}/v1/policies/home`, put)).status).toBe(200);
  return started;
}

/** kill -9 for the server process; its supervisor starts another. */
async function killServer({ url }: StartedBrigand): Promise<void> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  process.kill(Number(/^brigand_process_id\S* (\d+)/m.exec(metrics)?.[1]), "SIGKILL");
  await poll(5000, () =>
    fetch(`${url}/health/live`).then(
      () => undefined,
      () => true,
    ),
  );
}

async function untilBack({ url }: StartedBrigand): Promise<void> {
  await poll(30_000, async () => ((await fetch(`${url}/health/ready`).catch(() => undefined))?.ok ? true : undefined));
}

/** Final rewards by row, from the joined log, once every one of these decisions has closed. */
function finalRewards(dataDir: string, ids: readonly string[]): Promise<{ readonly [id: string]: readonly number[] }> {
  return poll(60_000, async () => {
    const reader = new JoinedReader({ directory: layoutOf(dataDir).joinedOf("home"), from: 0 });
    const { frames } = await reader.read(64 * 1024 * 1024);
    reader.close();
    const closed = frames.map(decodeOperation).filter((operation) => operation.kind === OperationKind.close);
    const ours = closed.filter(({ decision }) => ids.includes(decision));
    return ours.length < ids.length
      ? undefined
      : Object.fromEntries(ours.map(({ decision, rewards }) => [decision, rewards]));
  });
}

const row = ({ items: shown }: Ranking, id: string) => shown.map((item) => (item.id === id ? 1 : 0));

describe("the client in Node", () => {
  it("gets a list in time from a server that was killed, and delivers each reward once", {
    timeout: 120_000,
  }, async () => {
    const server = await product();
    const folder = temporaryFolder();
    const [file, copy] = ["outbox.jsonl", "copy.jsonl"].map((name) => join(folder, name));
    const open = (path: string) =>
      createClient({
        url: server.url,
        policy: "home",
        timeoutMs: DEADLINE_MS,
        flushMs: 60_000,
        storage: fileStorage(path),
      });
    const before = open(file);
    const ranked = await before.rank({ items });
    expect(ranked.served).toBe("model");
    await killServer(server);
    const from = performance.now();
    const local = await before.rank({ items, baseline: "b" });
    expect(performance.now() - from).toBeLessThan(DEADLINE_MS + 500);
    expect([local.served, local.items.map(({ id }) => id)]).toEqual(["local", ["b", "a", "c"]]);
    before.reward({ decisionId: ranked.decisionId, item: "c", value: 1, type: "click" });
    before.reward({ decisionId: local.decisionId, item: "a", value: 1, type: "click" });
    // The process of the application ends here, with nothing delivered; another goes on from its file. Twice.
    copyFileSync(file, copy);
    await untilBack(server);
    for (const path of [file, copy]) {
      const after = open(path);
      expect(after.waiting).toBe(4);
      await expect.poll(() => after.flush(), { timeout: 20_000 }).toBe(true);
      expect(after.waiting).toBe(0);
      await after.close();
    }
    expect(await finalRewards(server.dataDir, [ranked.decisionId, local.decisionId])).toEqual({
      [ranked.decisionId]: row(ranked, "c"),
      [local.decisionId]: row(local, "a"),
    });
    expect(readFileSync(file, "utf8")).toBe("");
  });
});

const PAGE = `<!doctype html><title>shop</title><link rel="icon" href="data:,"><script type="module">
import { createClient } from "/client.js";
const url = new URLSearchParams(location.search).get("url");
window.problems = [];
const flushMs = Number(new URLSearchParams(location.search).get("flush") ?? 200);
window.brigand = createClient({ url, policy: "home", timeoutMs: ${DEADLINE_MS}, flushMs,
  onProblem: (problem) => window.problems.push(problem.code) });
</script>`;

const NOTE_BEACONS = `const send = navigator.sendBeacon.bind(navigator);
navigator.sendBeacon = (url, body) => { localStorage.setItem("beacon", url); return send(url, body); };`;

/** Where the shop passes calls on to. */
let behind = "";

async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  const headers = { "content-type": request.headers["content-type"] ?? "" };
  const answer = await fetch(behind + request.url, { method: request.method, headers, body: Buffer.concat(parts) });
  response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
}

/** A shop of another origin, which outlives Brigand. */
async function shop(): Promise<string> {
  const built = join(projectRoot, "dist", "src", "client");
  const http = createServer((request, response) => {
    if (request.url?.startsWith("/v1/") === true) return void passOn(request, response);
    const [, file] = /^\/(\w+\.js)$/.exec(request.url ?? "") ?? [];
    response.setHeader("content-type", file === undefined ? "text/html" : "text/javascript");
    response.end(file === undefined ? PAGE : readFileSync(join(built, file)));
  });
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  onTestFinished(() => void http.close());
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

describe.runIf(findChromium() !== undefined)("the client in a browser", () => {
  it("gets a list in time mid-page, and delivers each reward once after a reload", { timeout: 120_000 }, async () => {
    const origin = await shop();
    const server = await product({ CORS_ORIGINS: origin });
    const page = await (await openBrowser()).newPage();
    const address = `${origin}/?url=${encodeURIComponent(server.url)}`;
    const rank = (request: object): Promise<Ranking> =>
      page.evaluate(`(async () => {
        const from = performance.now();
        const ranking = await window.brigand.rank(${JSON.stringify(request)});
        return { ...ranking, tookMs: performance.now() - from };
      })()`);
    const reward = (given: object) => page.evaluate(`window.brigand.reward(${JSON.stringify(given)})`);
    const ready = () => page.waitForFunction("window.brigand !== undefined");
    await page.goto(address);
    await ready();
    const ranked = await rank({ items });
    expect([ranked.served, await page.evaluate("window.problems")]).toEqual(["model", []]);
    await killServer(server);
    const local: Ranking & { readonly tookMs?: number } = await rank({ items, baseline: "b" });
    expect([local.served, local.items.map(({ id }) => id)]).toEqual(["local", ["b", "a", "c"]]);
    expect(local.tookMs).toBeLessThan(DEADLINE_MS + 500);
    await reward({ decisionId: ranked.decisionId, item: "c", value: 1, type: "click" });
    await reward({ decisionId: local.decisionId, item: "a", value: 1, type: "click" });
    const kept = await page.evaluate("JSON.stringify({ ...localStorage })");
    expect(Object.keys(JSON.parse(String(kept)))).toHaveLength(4);
    await page.reload();
    await untilBack(server);
    await ready();
    await page.waitForFunction("window.brigand.waiting === 0", undefined, { timeout: 30_000 });
    // As if no answer had come: everything is sent once more.
    await page.evaluate(`for (const [key, value] of Object.entries(${kept})) localStorage.setItem(key, value)`);
    await page.reload();
    await ready();
    await page.waitForFunction("window.brigand.waiting === 0", undefined, { timeout: 30_000 });
    expect(await finalRewards(server.dataDir, [ranked.decisionId, local.decisionId])).toEqual({
      [ranked.decisionId]: row(ranked, "c"),
      [local.decisionId]: row(local, "a"),
    });
  });

  for (const way of ["a beacon to its own origin", "a kept request to another"]) {
    it(`sends what waits by ${way} when the page goes`, { timeout: 60_000 }, async () => {
      const own = way.includes("own");
      const origin = await shop();
      const server = await product(own ? {} : { CORS_ORIGINS: origin });
      behind = server.url;
      const page = await (await openBrowser()).newPage();
      await page.addInitScript(NOTE_BEACONS);
      await page.goto(`${origin}/?url=${encodeURIComponent(own ? origin : server.url)}&flush=60000`);
      await page.waitForFunction("window.brigand !== undefined");
      const { decisionId } = await page.evaluate<Ranking>(`window.brigand.rank(${JSON.stringify({ items })})`);
      await page.evaluate(`void window.brigand.reward({ decisionId: "${decisionId}", item: "a", value: 1 })`);
      await page.goto("about:blank");
      const decision = `${server.url}/v1/decisions/${decisionId}?rewards=true`;
      const received = async () => {
        const { rewards } = Object(await (await fetch(decision)).json());
        return rewards.received.length;
      };
      await expect.poll(received, { timeout: 10_000 }).toBe(1);
      await page.goto(origin);
      expect(await page.evaluate("localStorage.getItem('beacon')")).toBe(own ? `${origin}/v1/rewards` : null);
    });
  }
});
