import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { type DecisionRecord, RecordKind } from "../../../src/core/log/records.ts";
import type { AppPorts } from "../../../src/server/ports.ts";
import { items, listen, memoryPorts, type TestServer } from "./fakes.ts";

const running: TestServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

/** A server whose log has no end, made of one line of its own again and again. */
async function endless(bounds: { logReadersMax?: number } = {}) {
  const { ports, wal } = memoryPorts({ bounds });
  const state = { lines: 0, ended: 0 };
  const logs: AppPorts["logs"] = {
    ...ports.logs,
    async *entries(_query, signal) {
      const record = wal.records("home").find((line): line is DecisionRecord => line.kind === RecordKind.decision);
      try {
        while (record !== undefined && signal?.aborted !== true) {
          state.lines++;
          if (state.lines % 32 === 0) await new Promise((resolve) => setImmediate(resolve));
          yield { record, rewards: { state: "open" }, cursor: "none" };
        }
      } finally {
        state.ended++;
      }
    },
  };
  const server = await listen({ ...ports, logs });
  running.push(server);
  await server.post("/v1/rank", { policy: "home", items: items(10) });
  return { server, state };
}

/** Asks and reads nothing; resolves with the answer's head. */
function ask(url: string): Promise<{ status: number; leave(): void }> {
  return new Promise((resolve, reject) => {
    const request = get(url, (answer) => {
      answer.pause();
      resolve({ status: answer.statusCode ?? 0, leave: () => request.destroy() });
    });
    request.on("error", reject);
  });
}

describe("a listing", () => {
  it("waits for a client that does not read, and ends when it leaves", async () => {
    const { server, state } = await endless();
    const client = await ask(`${server.url}/v1/logs`);
    expect(client.status).toBe(200);
    let before = -1;
    while (state.lines !== before) {
      before = state.lines;
      await sleep(200);
    }
    // Lines of 2 KB: what stands in buffers of sockets is a few megabytes.
    expect(before).toBeLessThan(20_000);
    client.leave();
    await expect.poll(() => state.ended).toBe(1);
  });

  it("is refused where as many as may be are under way, and taken when one has ended", async () => {
    const { server, state } = await endless({ logReadersMax: 1 });
    const client = await ask(`${server.url}/v1/logs`);
    const { status, body, headers } = await server.get("/v1/logs?limit=1");
    expect({ status, code: body.code }).toEqual({ status: 503, code: "CB_SERVER_BUSY" });
    expect(headers.get("retry-after")).toBe("1");
    client.leave();
    await expect.poll(() => state.ended).toBe(1);
    const again = await ask(`${server.url}/v1/logs`);
    expect(again.status).toBe(200);
    again.leave();
  });

  it("that fails before its first line is answered with its code", async () => {
    const { ports } = memoryPorts();
    const failing = { ...ports.logs, entries: () => failed() };
    const server = await listen({ ...ports, logs: failing });
    running.push(server);
    expect((await server.get("/v1/logs")).status).toBe(500);
    expect((await server.get("/v1/logs?format=parquet")).body.code).toBe("CB_SERVER_FAILED");
  });
});

// biome-ignore lint/correctness/useYield: it fails before it has anything to give
async function* failed(): AsyncGenerator<never, void, undefined> {
  throw new Error("no disk");
}
