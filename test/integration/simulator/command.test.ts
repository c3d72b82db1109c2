import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, describe, expect, test, vi } from "vitest";
import { register } from "../../../src/cli/commands/simulate.ts";
import { temporaryFolder } from "../../support/tmp.ts";

const KNOWN = "plackettLuce, thompson, bag, epsilonGreedy, squareCb, regCbOpt, ucb, greedy, uniform";

/** What the command prints on stdout. */
async function run(...args: string[]): Promise<string> {
  const printed: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  const program = new Command("brigand").exitOverride();
  register(program);
  await program.parseAsync(["simulate", ...args], { from: "user" });
  return printed.join("");
}

afterEach(() => vi.restoreAllMocks());

describe("brigand simulate", () => {
  test("prints one JSON object a ranker", async () => {
    const lines = (await run("--steps", "60", "--seeds", "2", "--explorers", "greedy,uniform", "--json"))
      .trim()
      .split("\n");
    const rows = lines.map((line) => JSON.parse(line));
    const names = ["brigand greedy", "brigand uniform", "oracle", "best fixed", "uniform"];
    expect(rows.map(({ ranker }) => ranker)).toEqual(names);
    for (const row of rows) {
      expect(row).toMatchObject({
        steps: 60,
        seeds: 2,
        shareOfOracle: { mean: expect.any(Number), low: expect.any(Number) },
      });
    }
    expect(rows[0]).not.toHaveProperty("ahead");
    expect(rows[2]).toHaveProperty("ahead.mean");
  });

  test("prints a table, best first, the way back after a drift, and a picture", async () => {
    const file = join(temporaryFolder(), "drift.svg");
    const text = await run("--steps", "4000", "--seeds", "1", "--drift", "--explorer", "greedy", "--out", file);
    const lines = text.split("\n");
    expect(lines[0]).toMatch(/^ranker +clicks +± sd +share of oracle +brigand greedy is ahead by +95 %$/);
    expect(lines[1]).toMatch(/^oracle +\d+ +1\.000 +−\d+$/);
    expect(text).toContain("4000 decisions in one world, which change after 2000 decisions");
    expect(text).toMatch(/brigand greedy: 0\.\d{3} of the oracle before the change, 0\.\d{3} just after it, /);
    expect(existsSync(file) && readFileSync(file, "utf8")).toContain("the world changes");
  }, 60_000);

  test.each([
    [["--steps", "0"], '--steps takes a whole number from 1 to 1000000; "0" came'],
    [["--seeds", "many"], '--seeds takes a whole number from 1 to 1000; "many" came'],
    [["--drift", "--steps", "3999"], "--drift needs --steps of at least 4000; 3999 came"],
    [["--explorers", "magic"], `--explorers takes ${KNOWN}; "magic" came`],
    [["--explorers", "privatePlackettLuce"], `--explorers takes ${KNOWN}; "privatePlackettLuce" came`],
    [["--explorer", "ucb,ucb"], '--explorers takes each name once; "ucb,ucb" came'],
  ])("refuses %j", async (args, problem) => {
    await expect(run(...args)).rejects.toMatchObject({
      code: "CB_USAGE_INVALID",
      message: expect.stringContaining(problem),
    });
  });
});
