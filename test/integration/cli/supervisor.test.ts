import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isRunning, poll, type StartedProcess, startProcess } from "../../support/processes.ts";
import { projectRoot } from "../../support/shared.ts";

const script = join(projectRoot, "test", "fixtures", "processes", "supervised.mjs");

/** Newest pid that the named child printed. */
async function pidOf(started: StartedProcess, name: string, not = 0): Promise<number> {
  return await poll(5000, () => {
    const pids = [...started.output().matchAll(new RegExp(`^${name} (\\d+)$`, "gm"))].map((match) => Number(match[1]));
    return pids.findLast((pid) => pid !== not);
  });
}

const gone = (...pids: number[]) => poll(5000, () => (pids.some(isRunning) ? undefined : true));

describe("the supervisor", () => {
  it("starts a child that was killed again", async () => {
    const started = startProcess([script, "willing"]);
    const first = await pidOf(started, "one");
    const other = await pidOf(started, "two");
    process.kill(first, "SIGKILL");
    const second = await pidOf(started, "one", first);
    expect(isRunning(first)).toBe(false);
    expect(isRunning(second)).toBe(true);
    expect(isRunning(other)).toBe(true);
    await started.until(/one ended \(SIGKILL\); starting it again in 100 ms/);
  });

  it("leaves no process behind when told to stop, not even a stubborn one", async () => {
    const started = startProcess([script, "stubborn"]);
    const pids = [await pidOf(started, "one"), await pidOf(started, "two")];
    started.kill("SIGTERM");
    expect(await started.exited).toBe(0);
    expect(started.output()).toContain("stopped");
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it("takes its children along when it is killed itself", async () => {
    const started = startProcess([script, "willing"]);
    const pids = [await pidOf(started, "one"), await pidOf(started, "two")];
    started.kill("SIGKILL");
    expect(await started.exited).toBe("SIGKILL");
    await gone(...pids);
  });
});
