import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { claimServer, isSuperseded } from "../../../src/adapters/fs/layoutServer.ts";
import { FileLeases } from "../../../src/adapters/fs/lease.ts";
import { holderOf } from "../../../src/adapters/fs/leaseHolder.ts";
import { folder } from "./harness.ts";

test("one holder at a time, and every holder's fence is above the one before", async () => {
  const directory = folder();
  const leases = new FileLeases();
  const first = await leases.acquire(directory);
  expect(first?.valid).toBe(true);
  expect(await new FileLeases().acquire(directory)).toBeUndefined();
  await first?.release();
  expect(first?.valid).toBe(false);
  const second = await leases.acquire(directory);
  expect(second?.fence).toBe((first?.fence ?? 0) + 1);
  await second?.release();
  expect((await leases.acquire(directory, 41))?.fence).toBe(42);
});

test("a holder that is dead is followed at once", async () => {
  const directory = folder();
  const first = await new FileLeases().acquire(directory);
  const [name] = readdirSync(directory);
  writeFileSync(join(directory, name), JSON.stringify({ ...holderOf(), start: "1" }));
  const second = await new FileLeases().acquire(directory);
  expect(second?.fence).toBe(2);
  expect([first?.valid, second?.valid]).toEqual([false, true]);
});

test.skipIf(platform() !== "linux")("a living process holds its lease until it is killed", async () => {
  const directory = folder();
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  writeFileSync(join(directory, "lease-00000003"), JSON.stringify(holderOf(child.pid)));
  const leases = new FileLeases({ ttlMs: 1 });
  expect(await leases.acquire(directory)).toBeUndefined();
  expect(await leases.acquire(directory)).toBeUndefined();
  child.kill("SIGKILL");
  await once(child, "exit");
  expect((await leases.acquire(directory))?.fence).toBe(4);
});

test("a holder on another machine is dead once its heartbeat stood still for the time to live", async () => {
  const directory = folder();
  let now = 0;
  const leases = new FileLeases({ ttlMs: 1000, elapsed: () => now });
  const path = join(directory, "lease-00000007");
  writeFileSync(path, JSON.stringify({ pid: 1, start: "1", machine: "elsewhere" }));
  expect(await leases.acquire(directory)).toBeUndefined();
  now = 900;
  utimesSync(path, 5, 5);
  expect(await leases.acquire(directory)).toBeUndefined();
  now = 1800;
  expect(await leases.acquire(directory)).toBeUndefined();
  now = 2000;
  expect((await leases.acquire(directory))?.fence).toBe(8);
});

test("a server keeps its id over restarts, its epoch grows even when the clock goes back, and two at once differ", async () => {
  const layout = layoutOf(folder());
  const leases = new FileLeases();
  let ids = 0;
  const claim = { leases, random: () => `0000000${ids++}` };
  const first = await claimServer(layout, { ...claim, now: 1_764_000_000_000 });
  const beside = await claimServer(layout, { ...claim, now: 1_764_000_000_000 });
  expect(beside.id).not.toBe(first.id);
  await first.lease.release();
  const again = await claimServer(layout, { ...claim, now: 1_000 });
  expect(again.id).toBe(first.id);
  expect(again.streamName > first.streamName).toBe(true);
  expect([first, beside, again].map(({ streamName }) => isSuperseded(layout, streamName))).toEqual([
    true,
    false,
    false,
  ]);
});

test("no name leads out of its folder", () => {
  const layout = layoutOf("/data");
  expect(layout.streamOf("home", "a1b2c3d4-1764000000000")).toBe("/data/wal/home/a1b2c3d4-1764000000000");
  expect(layout.joinedOf("_catalogue")).toBe("/data/joined/_catalogue");
  expect(layoutOf("/data", "shop").modelsOf("home")).toBe("/data/workspaces/shop/models/home");
  for (const name of ["..", "a/b", "", "A", ".", "_other", "a".repeat(65), "a\u0000"]) {
    expect(() => layout.joinedOf(name)).toThrow(expect.objectContaining({ code: "CB_POLICY_NAME_INVALID" }));
  }
  for (const name of ["..", "a/b", "", ".x"]) expect(() => layout.streamOf("home", name)).toThrow();
  expect(() => layoutOf("/data", "../x")).toThrow();
});

test("a release that a full disk does not take is said again until it is", async () => {
  const directory = folder();
  const leases = new FileLeases();
  const lease = await leases.acquire(directory);
  // In the way of the word that it is released, as a disk without room is.
  mkdirSync(join(directory, "released-1"));
  await lease?.release();
  expect(await leases.acquire(directory)).toBeUndefined();
  rmSync(join(directory, "released-1"), { recursive: true });
  await expect.poll(() => leases.acquire(directory), { interval: 100, timeout: 5_000 }).toMatchObject({ fence: 2 });
});
