import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { runBrigand } from "../support/processes.ts";
import { projectRoot } from "../support/shared.ts";
import { temporaryFolder } from "../support/tmp.ts";
import { npmStart, type Product, processesNaming } from "./product.ts";
import { linkedFiles, README_URL, shellCommands, tableNames } from "./readme.ts";

/** Of a loaded machine; what it took is printed. */
const READY_MS = 45_000;
const LEARNED_MS = 20_000;

describe("README", () => {
  it("starts from nothing, ranks, learns, stops, and goes on where it was", { timeout: 110_000 }, async () => {
    const dataDir = temporaryFolder();
    const first = await npmStart(dataDir, READY_MS);
    const answers = await quickStart(first);
    expect(answers[0]).toMatchObject({ decisionId: "first", modelVersion: 0, served: "model" });
    expect(answers[1]).toEqual({ accepted: 1, rejected: [] });
    const [, , again, decision] = answers;
    expect(again.modelVersion).toBeGreaterThan(0);
    expect(again.explain.pmf[0][0], "alien, which was clicked, first").toBeGreaterThan(1 / 3);
    expect(decision.replay).toMatchObject({ same: true, items: answers[0].items.map(({ id }: { id: string }) => id) });
    const before = await until(LEARNED_MS, () => facts(first), settled);
    expect(before.joined).toMatchObject({ rewards: 1, duplicateRewards: 0, rowsLearned: 3 * before.joined.decisions });
    expect(processesNaming(dataDir).length).toBeGreaterThanOrEqual(3);
    await first.interrupt();
    expect(processesNaming(dataDir), first.output()).toEqual([]);

    const from = performance.now();
    const second = await npmStart(dataDir, READY_MS);
    const repeated = run(quickStartCommands()[0], second.url);
    console.log(
      `second start on the same data: first answer after ${((performance.now() - from) / 1000).toFixed(1)} s`,
    );
    expect(repeated).toEqual({ ...answers[0], tookMs: expect.any(Number) });
    const after = await until(LEARNED_MS, () => facts(second), settled);
    expect(after.modelVersion).toBeGreaterThanOrEqual(before.modelVersion);
    expect(after.joined, "the counts go on").toEqual({ ...before.joined, closed: expect.any(Number) });
    expect(run(quickStartCommands()[1], second.url)).toEqual({ accepted: 1, rejected: [] });
    const counted = await until(
      LEARNED_MS,
      () => facts(second),
      (now) => now.joined.duplicateRewards > 0,
    );
    const { rowsLearned, corrections } = before.joined;
    const same = { duplicateRewards: 1, rowsLearned, corrections };
    expect(counted.joined, "the same rewardId again counts nothing").toMatchObject(same);
    await second.interrupt();
    expect(processesNaming(dataDir), second.output()).toEqual([]);
  });

  it("has a row for every command, and no other", async () => {
    const { stdout } = await runBrigand(["--help"]);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+)(?: |$)/gm)]
      .map(([, name]) => name)
      .filter((name) => name !== "help");
    expect(tableNames("Commands").toSorted()).toEqual(commands.toSorted());
  });

  it("names commands and options that exist", async () => {
    for (const command of shellCommands().filter((line) => line.startsWith("npx brigand "))) {
      const words = command.split(" ").slice(2);
      const { stdout, code } = await runBrigand([
        ...words.filter((word) => /^[a-z]+$/.test(word)).slice(0, 2),
        "--help",
      ]);
      expect(code, command).toBe(0);
      for (const option of words.filter((word) => word.startsWith("--"))) expect(stdout, command).toContain(option);
    }
    const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
    for (const command of shellCommands().filter((line) => line.startsWith("npm "))) {
      expect(Object.keys(scripts), command).toContain(command.split(" ").at(-1));
    }
  });

  it("links to files that exist", () => {
    expect(linkedFiles().filter((path) => !existsSync(join(projectRoot, path)))).toEqual([]);
  });
});

/** Types the curl commands one after another; the third until the click was learned. */
async function quickStart({ url }: Product) {
  const [rank, reward, again, explain] = quickStartCommands();
  const answers = [run(rank, url), run(reward, url)];
  await sleep(3000);
  answers.push(
    await until(
      LEARNED_MS,
      async () => run(again, url),
      (answer) => answer.modelVersion > 0,
    ),
    run(explain, url),
  );
  return answers;
}

function quickStartCommands(): string[] {
  return shellCommands().filter((command) => command.startsWith("curl "));
}

function run(command: string, url: string) {
  const known = spawnSync("curl", ["--version"]).status === 0;
  const stand = `curl() { "${process.execPath}" "${join(import.meta.dirname, "curl.mjs")}" "$@"; }\n`;
  const done = spawnSync("sh", ["-c", `${known ? "" : stand}${command.replaceAll(README_URL, url)}`], {
    encoding: "utf8",
  });
  expect(done.status, done.stderr).toBe(0);
  return JSON.parse(done.stdout);
}

async function facts({ url }: Product) {
  const { models } = JSON.parse(await (await fetch(`${url}/v1/models`)).text());
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const counts = [...metrics.matchAll(/^brigand_join\{policy="home",what="(\w+)"\} (\d+)$/gm)];
  const joined: { [what: string]: number } = Object.fromEntries(counts.map(([, what, n]) => [what, Number(n)]));
  return { modelVersion: models.find(({ policy }: { policy: string }) => policy === "home").serving as number, joined };
}

/** Both decisions' rows (three each) are learned, or more where the list was asked for again. */
function settled({ joined }: { readonly joined: { readonly [what: string]: number } }): boolean {
  return joined.decisions >= 2 && joined.rowsLearned === 3 * joined.decisions;
}

async function until<Answer>(
  patienceMs: number,
  ask: () => Promise<Answer>,
  good: (answer: Answer) => boolean,
): Promise<Answer> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (good(answer) || performance.now() > deadline) return answer;
    await sleep(200);
  }
}
