import { describe, expect, it } from "vitest";
import { Waiting } from "../../../workers/compact/waiting.ts";

const counts = (closed: number) => ({ closed, decisions: closed, rowsLearned: closed * 10 });

function waitingAt() {
  const clock = { now: 0 };
  const waiting = new Waiting({ everyMs: 60_000, rowsMax: 50_000, elapsed: () => clock.now });
  return { clock, waiting };
}

describe("a policy's compaction is due", () => {
  it("a minute after its first close that waits, not before and not without one", () => {
    const { clock, waiting } = waitingAt();
    waiting.notify("home", counts(0));
    clock.now = 100_000;
    expect(waiting.due()).toEqual([]);
    waiting.notify("home", counts(1));
    clock.now += 59_999;
    waiting.notify("home", counts(2));
    expect(waiting.due()).toEqual([]);
    clock.now += 1;
    expect(waiting.due()).toEqual(["home"]);
  });

  it("at once when 50,000 rows wait", () => {
    const { waiting } = waitingAt();
    waiting.notify("home", counts(4_999));
    waiting.notify("other", counts(5_000));
    expect(waiting.due()).toEqual(["other"]);
  });

  it("no more once a job was given it, and again for what closed meanwhile", () => {
    const { clock, waiting } = waitingAt();
    waiting.notify("home", counts(5));
    clock.now = 60_000;
    const taken = waiting.begin("home");
    waiting.notify("home", counts(6));
    waiting.done("home", taken);
    clock.now = 119_999;
    expect(waiting.due()).toEqual([]);
    clock.now = 120_000;
    expect(waiting.due()).toEqual(["home"]);
    waiting.done("home", waiting.begin("home"));
    clock.now = 1e9;
    expect(waiting.due()).toEqual([]);
  });

  it("again after a second while nobody takes the job, and after a minute when it failed", () => {
    const { clock, waiting } = waitingAt();
    waiting.notify("home", counts(5));
    clock.now = 60_000;
    waiting.begin("home");
    expect(waiting.due()).toEqual([]);
    clock.now = 61_000;
    expect(waiting.due()).toEqual(["home"]);
    waiting.done("home", waiting.begin("home"));
    waiting.again("home");
    expect(waiting.due()).toEqual([]);
    clock.now = 121_000;
    expect(waiting.due()).toEqual(["home"]);
  });

  it("when room is wanted, though nothing closed", () => {
    const { waiting } = waitingAt();
    waiting.notify("home", counts(0));
    waiting.allNow();
    expect(waiting.due()).toEqual(["home"]);
  });
});
