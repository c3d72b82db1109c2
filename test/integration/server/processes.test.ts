/** `brigand serve --processes 2`: what callers see of several processes behind one port. */
import { describe, expect, it } from "vitest";
import { isRunning, poll, type StartedBrigand, startBrigand } from "../../support/processes.ts";
import { items } from "../../unit/server/fakes.ts";

const REQUESTS = 60;
const TIMEOUT_MS = 10_000;
/** As callers have: a connection that was being handed to a process when that was killed is never answered. */
const patience = () => AbortSignal.timeout(1500);

/** A connection of its own for each request: connections are what is handed out among processes. */
async function rank(server: StartedBrigand, body: object): Promise<{ status: number; id: string; items: string }> {
  const headers = { "content-type": "application/json", connection: "close" };
  const answer = await fetch(`${server.url}/v1/rank`, { method: "POST", headers, body: JSON.stringify(body) });
  const ranked: { decisionId: string; items: unknown } = JSON.parse(await answer.text());
  return { status: answer.status, id: ranked.decisionId, items: JSON.stringify(ranked.items) };
}

/** Process ids by the label that metrics carry. */
async function pids(server: StartedBrigand): Promise<Map<string, number>> {
  const text = await fetch(`${server.url}/metrics`, { headers: { connection: "close" }, signal: patience() })
    .then((answer) => answer.text())
    .catch(() => "");
  const started = text.matchAll(/^brigand_process_id\{process="(\d+)"\} (\d+)$/gm);
  return new Map(Array.from(started, ([, process, pid]) => [process, Number(pid)]));
}

describe("two server processes behind one port", () => {
  it("share the requests, tell the metrics of both, go on when one is killed, and leave nothing behind", async () => {
    const server = await startBrigand("serve", { args: ["--processes", "2"] });
    const both = await poll(TIMEOUT_MS, async () => {
      const found = await pids(server);
      return found.size === 2 ? found : undefined;
    });
    const body = { policy: "home", items: items(5) };
    await poll(TIMEOUT_MS, async () => {
      const ranked = await Promise.all(Array.from({ length: REQUESTS }, () => rank(server, body)));
      const streams = new Set(ranked.map(({ id }) => id.split(".")[1]));
      return streams.size === 2 ? true : undefined;
    });

    const killed = both.get("1") ?? 0;
    process.kill(killed, "SIGKILL");
    const again = await poll(TIMEOUT_MS, async () => {
      const found = await pids(server);
      return found.size === 2 && found.get("1") !== killed ? found : undefined;
    });
    expect((await rank(server, body)).status).toBe(200);

    expect(await server.stop()).toBe(0);
    for (const pid of [...again.values(), killed]) expect(isRunning(pid)).toBe(false);
  });

  it("decide an id that comes to both at once only once", async () => {
    const server = await startBrigand("serve", { args: ["--processes", "2"] });
    await poll(TIMEOUT_MS, async () => ((await pids(server)).size === 2 ? true : undefined));
    for (let i = 0; i < 10; i++) {
      const body = { policy: "home", decisionId: `order-${i}`, items: items(50), timeoutMs: 5000 };
      const answers = await Promise.all(Array.from({ length: 8 }, () => rank(server, body)));
      expect(new Set(answers.map((answer) => answer.items)).size).toBe(1);
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    }
  });

  it("told to stop, answer for the time of draining and say that they are not ready", async () => {
    const server = await startBrigand("serve", { args: ["--processes", "2", "--set", "drainMs=1500"] });
    await poll(TIMEOUT_MS, async () => ((await pids(server)).size === 2 ? true : undefined));
    server.kill("SIGTERM");
    await poll(TIMEOUT_MS, async () => {
      const ready = await fetch(`${server.url}/health/ready`, { headers: { connection: "close" } });
      return ready.status === 503 ? true : undefined;
    });
    expect((await rank(server, { policy: "home", items: items(3) })).status).toBe(200);
    expect(await server.exited).toBe(0);
  });
});
