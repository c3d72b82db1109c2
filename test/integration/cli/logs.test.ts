/** train, models list, logs and logs explain through the built command line, on a folder that a real server left. */
import { describe, expect, it } from "vitest";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { holdingJob } from "../../../workers/jobLock.ts";
import { runBrigand } from "../../support/processes.ts";
import { temporaryFolder } from "../../support/tmp.ts";
import { installation, policy } from "../compact/installation.ts";

const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("train and models list", () => {
  it("publish what can be learned, once, and list it for people and programs", async () => {
    const dataDir = temporaryFolder();
    await installation(dataDir, 12);
    const env = { DATA_DIR: dataDir };
    const { code, stdout } = await runBrigand(["train", "--json"], env);
    expect(code).toBe(0);
    const [report] = jsonLines(stdout);
    expect(report).toMatchObject({ policy, version: 1, newest: 1, rows: 48, best: expect.any(Number) });
    expect(report.variants[report.best]).toMatchObject({ ridge: expect.any(Number), loss: expect.any(Number) });
    const again = await runBrigand(["train", "--policy", policy], env);
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/^home: nothing new to learn, version 1 stays; 48 rows, joined log to \d+, /);

    const listed = await runBrigand(["models", "list", "--json"], env);
    expect(jsonLines(listed.stdout)).toEqual([
      expect.objectContaining({
        policy,
        version: 1,
        rows: 48,
        logPosition: report.position,
        best: report.variants[report.best],
      }),
    ]);
    const table = await runBrigand(["models", "list"], env);
    expect(table.stdout).toMatch(
      /^policy +version +created +rows +log position +columns +size +best variant\nhome +1 +\d{4}-/,
    );
  });

  it("keeps out of a training that another process is at", async () => {
    const dataDir = temporaryFolder();
    await installation(dataDir, 4);
    await holdingJob({ layout: layoutOf(dataDir), policy, job: "retrain" }, async () => {
      const { code, stderr } = await runBrigand(["train"], { DATA_DIR: dataDir });
      expect(code).toBe(1);
      expect(stderr).toContain("CB_JOB_BUSY");
    });
    expect((await runBrigand(["models", "list"], { DATA_DIR: dataDir })).stdout).toBe("");
  });

  it("names the policies there are when another one is asked for", async () => {
    const dataDir = temporaryFolder();
    await installation(dataDir, 1);
    const { code, stderr } = await runBrigand(["train", "--policy", "hmoe"], { DATA_DIR: dataDir });
    expect(code).toBe(1);
    expect(stderr).toMatch(/CB_POLICY_UNKNOWN.*home/);
  });
});

describe("logs", () => {
  it("prints decision lines as JSON and CSV, filtered, with floats only when asked", async () => {
    const dataDir = temporaryFolder();
    const { ledger } = await installation(dataDir, 12);
    const env = { DATA_DIR: dataDir };
    const lines = jsonLines((await runBrigand(["logs"], env)).stdout);
    expect(lines.map(({ decisionId }) => decisionId)).toEqual([...ledger.propensities.keys()]);
    for (const line of lines) {
      expect(line.propensities).toEqual(ledger.propensities.get(line.decisionId));
      expect(line.shown).toHaveLength(4);
      expect(Object.keys(line)).not.toContain("score");
    }
    const { subject } = lines[0];
    const few = jsonLines(
      (await runBrigand(["logs", "--subject", subject, "--version", "0", "--limit", "1", "--full"], env)).stdout,
    );
    expect(few).toHaveLength(1);
    expect(few[0]).toMatchObject({ subject, score: expect.any(Array), features: expect.any(Array) });
    expect(few[0].features[0]).toHaveLength(few[0].columns);
    const { at } = lines[5];
    expect(jsonLines((await runBrigand(["logs", "--since", at], env)).stdout).length).toBeGreaterThanOrEqual(7);
    expect((await runBrigand(["logs", "--until", lines[0].at], env)).stdout).toBe("");
    expect((await runBrigand(["logs", "--served", "degraded"], env)).stdout).toBe("");

    const csv = (await runBrigand(["logs", "--format", "csv"], env)).stdout.split("\r\n");
    expect(csv).toHaveLength(14);
    expect(csv[0]).toMatch(/^decisionId,at,policy,/);
    expect(csv[1].startsWith(`${lines[0].decisionId},${lines[0].at},home,`)).toBe(true);
    expect(csv[13]).toBe("");
  });

  it.each([
    ["--since yesterday", /since/],
    ["--format xml", /format/],
    ["--limit -1", /limit/],
    ["--served who", /served/],
  ])("refuses %s with exit code 2", async (args, told) => {
    const { code, stderr } = await runBrigand(["logs", ...args.split(" ")], { DATA_DIR: temporaryFolder() });
    expect(code).toBe(2);
    expect(stderr).toMatch(told);
    expect(stderr).toContain("CB_USAGE_INVALID");
  });

  it("explains a decision by an id of either kind, its draw repeated", async () => {
    const dataDir = temporaryFolder();
    const { ledger } = await installation(dataDir, 3);
    const env = { DATA_DIR: dataDir };
    const [made, given] = [...ledger.propensities.keys()];
    const { stdout, code } = await runBrigand(["logs", "explain", made, "--json"], env);
    expect(code).toBe(0);
    const [told] = jsonLines(stdout);
    expect(told).toMatchObject({ decisionId: made, replay: { same: true } });
    expect(told.slots.map(({ propensity }: { propensity: number }) => propensity)).toEqual(
      ledger.propensities.get(made),
    );
    expect(told.columns).toContain("position");
    expect(told.candidates.every(({ features }: { features?: object }) => features !== undefined)).toBe(true);
    const human = await runBrigand(["logs", "explain", given, "--policy", policy], env);
    expect(human.code).toBe(0);
    expect(human.stdout).toMatch(/Candidates\n.*Slots.*Features.*item\.rate.*Replay: .* to the last bit\./s);
    const missing = await runBrigand(["logs", "explain", "nobody"], env);
    expect(missing).toMatchObject({ code: 1, stdout: "" });
    expect(missing.stderr).toContain("CB_DECISION_UNKNOWN");
  });
});

describe("--help", () => {
  it.each(["train", "logs", "logs explain", "models list"])("of %s teaches by examples", async (command) => {
    const { code, stdout } = await runBrigand([...command.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`$ brigand ${command}`);
  });
});
