/** Vowpal Wabbit as the reader of what we write: `npm run check:vw` runs this with it, else it is one skipped line. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dsjson } from "../../../src/core/formats/dsjson.ts";
import { vw } from "../../../src/core/formats/vw.ts";
import { agreeingDecisions } from "../../support/agreeing.ts";
import { projectRoot } from "../../support/shared.ts";
import { describeWithVw } from "../../support/vw.ts";
import { type Exploring, exploring } from "../logs/exploring.ts";

interface Told {
  readonly examples: number;
  readonly loss: number;
}

/** What it says; nothing of it may be a warning. */
function readWith(python: string, args: string, file: string): Told {
  const run = spawnSync(python, [join(projectRoot, "test", "vw", "read.py"), args, file], { encoding: "utf8" });
  const said = run.stdout + run.stderr;
  expect(said).not.toMatch(/warning|error|malformed|deprecat/i);
  expect(run.status).toBe(0);
  return JSON.parse(/^TOLD (.*)$/m.exec(said)?.[1] ?? "{}") as Told;
}

describeWithVw("Vowpal Wabbit", (python) => {
  const read = (args: string, file: string) => readWith(python, args, file);
  let folder: string;
  let log: Exploring;
  const kept = async (format: string) => {
    const path = join(folder, `log.${format}`);
    const answer = await fetch(`${log.server.url}/v1/logs?format=${format}`);
    writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
    return path;
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "brigand-vw-"));
    log = await exploring(60);
  });
  afterAll(async () => {
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("reads our dsjson without a warning, every closed decision once, and sees in it what it sees in our text", async () => {
    const json = read("--cb_explore_adf --dsjson", await kept("dsjson"));
    const text = read("--cb_explore_adf", await kept("vw"));
    expect(json.examples).toBe(log.closed.length);
    expect(text.examples).toBe(json.examples);
    expect(text.loss).toBeCloseTo(json.loss, 5);
  });

  it("reads every slot of our dsjson for conditional bandits without a warning", async () => {
    expect(read("--ccb_explore_adf --dsjson", await kept("ccb")).examples).toBe(log.closed.length);
  });

  it("learns from dsjson and text that we wrote: its loss falls far below that of the logging policy", () => {
    // Seed 7, n 3,000, two contexts, four items; reward 1 where item and context agree (p .9), else .1. The logger's cost
    // is −.3; a learner that sees the pairs nears −.9 less its exploration. A loss of −.6 by chance is 10 standard errors (.03) away.
    const decisions = agreeingDecisions(3_000, "7");
    for (const [format, args] of [
      [dsjson, "--cb_explore_adf --dsjson"],
      [vw, "--cb_explore_adf"],
    ] as const) {
      const writer = format.writer();
      const path = join(folder, `made.${format.name}`);
      writeFileSync(path, decisions.map((decision) => writer.write({ kind: "decision", decision })).join(""));
      const told = read(`${args} -q ua --quiet`, path);
      expect(told.examples).toBe(3_000);
      expect(told.loss).toBeLessThan(-0.6);
    }
  });
});
