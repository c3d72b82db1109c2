import { afterEach, describe, expect, it } from "vitest";
import { Admission } from "../../../src/server/plugins/admission.ts";
import { items, listen, memoryPorts } from "./fakes.ts";

const made: Admission[] = [];
afterEach(() => {
  for (const admission of made.splice(0)) admission.close();
});

/** A process whose event loop is as busy as `load.now` says. */
function admission(load: { now: number }, bounds: { requestsMax?: number; queueMsMax?: number } = {}): Admission {
  const one = new Admission({ requestsMax: 2000, queueMsMax: 50, ...bounds, utilization: () => load.now });
  made.push(one);
  return one;
}

/** A window of 100 ms in which `n` requests came and went. */
function windowOf(one: Admission, n: number): void {
  for (let i = 0; i < n; i++) one.enter();
  for (let i = 0; i < n; i++) one.leave();
  one.look(100);
}

describe("admission", () => {
  it("lets a busy process take what it answers in the longest wait, and no more", () => {
    const one = admission({ now: 1 });
    windowOf(one, 500);
    expect(one.limit).toBe(250);
    const welcome = Array.from({ length: 251 }, () => one.enter());
    expect(welcome.indexOf(false)).toBe(250);
  });

  it("refuses nobody while the event loop has time to spare, however many wait for a disk", () => {
    const load = { now: 1 };
    const one = admission(load);
    windowOf(one, 10);
    expect(one.limit).toBe(32);
    load.now = 0.5;
    one.look(100);
    expect(one.limit).toBe(2000);
  });

  it("takes refusals for no throughput, however many and quick they are", () => {
    const one = admission({ now: 1 });
    windowOf(one, 500);
    for (let i = 0; i < 10; i++) {
      for (let k = 0; k < 5000; k++) {
        one.enter();
        one.turnAway();
      }
      windowOf(one, 500);
    }
    expect(one.limit).toBe(250);
  });

  it("never goes below 32 nor over the bound of all requests", () => {
    const one = admission({ now: 1 }, { requestsMax: 100 });
    windowOf(one, 1);
    expect(one.limit).toBe(32);
    for (let i = 0; i < 30; i++) windowOf(one, 5000);
    expect(one.limit).toBe(100);
  });

  it("follows a throughput that changes within a second", () => {
    const one = admission({ now: 1 });
    windowOf(one, 1000);
    for (let i = 0; i < 10; i++) windowOf(one, 100);
    expect(one.limit).toBeGreaterThanOrEqual(50);
    expect(one.limit).toBeLessThan(65);
  });
});

describe("a busy server", () => {
  it("refuses with 503 and Retry-After what would wait too long, and answers probes", async () => {
    const { ports, faults } = memoryPorts({ bounds: { queueMsMax: 1 } });
    const gate = { open: () => {} };
    const opened = new Promise<void>((resolve) => {
      gate.open = resolve;
    });
    faults.score = async (n) => {
      await opened;
      return { mean: new Float32Array(n), variance: new Float32Array(n) };
    };
    const server = await listen({ ...ports, load: () => 1 });
    await new Promise((resolve) => setTimeout(resolve, 250));
    const body = { policy: "home", items: items(3), timeoutMs: 5000 };
    const waiting = Array.from({ length: 40 }, () => server.post("/v1/rank", body));
    const refused = (await Promise.all(waiting.slice(32))).map(({ status, body: { code }, headers }) => [
      status,
      code,
      headers.get("retry-after"),
    ]);
    expect(refused).toEqual(Array.from({ length: 8 }, () => [503, "CB_SERVER_BUSY", "1"]));
    expect((await server.get("/health/live")).status).toBe(200);
    gate.open();
    for (const { status } of await Promise.all(waiting.slice(0, 32))) expect(status).toBe(200);
    await server.close();
  });
});
