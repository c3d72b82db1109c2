/** train, models list, logs and logs explain through the built command line, on a folder that a real server left. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { holdingJob } from "../../../workers/jobLock.ts";
import { runBrigand } from "../../support/processes.ts";
import { projectRoot } from "../../support/shared.ts";
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
    expect(csv).toHaveLength(12 * 4 + 2);
    expect(csv[0]).toMatch(/^decision_id,at,policy,/);
    expect(csv[1].startsWith(`${lines[0].decisionId},${lines[0].at},home,`)).toBe(true);
    expect(csv[49]).toBe("");
  });

  it("gives final rewards, takes raw ids of users, goes on by cursors, and writes files that appear whole", async () => {
    const dataDir = temporaryFolder();
    await installation(dataDir, 12);
    const env = { DATA_DIR: dataDir };
    const all = jsonLines((await runBrigand(["logs"], env)).stdout);
    for (const [i, line] of all.entries()) {
      expect(line).toMatchObject({ rewardState: "closed", rewards: [0, 1, 2, 3].map((slot) => (i + slot) % 4) });
    }
    const ofUser = jsonLines((await runBrigand(["logs", "--user", "u3"], env)).stdout);
    expect(ofUser.map(({ decisionId }) => decisionId)).toEqual([all[3].decisionId, all[10].decisionId]);
    expect((await runBrigand(["logs", "--session", "u3"], env)).stdout).toBe("");
    const rest = jsonLines((await runBrigand(["logs", "--cursor", all[8].cursor], env)).stdout);
    expect(rest).toEqual(all.slice(9));
    const path = join(dataDir, "listing.parquet");
    const written = await runBrigand(["logs", "--format", "parquet", "--output", path], env);
    expect(written).toMatchObject({ code: 0, stdout: "" });
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const read = await connection.runAndReadAll(`SELECT count(*)::INTEGER, sum(reward)::INTEGER FROM '${path}'`);
    expect(read.getRows()).toEqual([[48, 72]]);
    connection.closeSync();
  });

  it("needs the key of the pseudonyms for raw ids, and makes none", async () => {
    const dataDir = temporaryFolder();
    const { code, stderr } = await runBrigand(["logs", "--user", "u3"], { DATA_DIR: dataDir });
    expect(code).toBe(2);
    expect(stderr).toContain("SUBJECT_KEY");
    expect(existsSync(join(dataDir, "secret"))).toBe(false);
  });

  it("ends quietly when its reader has gone", async () => {
    const dataDir = temporaryFolder();
    await installation(dataDir, 60);
    const main = join(projectRoot, "dist", "src", "cli", "main.js");
    const piped = '"$0" "$1" logs --full | head -n 1';
    const done = spawnSync("sh", ["-c", piped, process.execPath, main], {
      env: { ...process.env, DATA_DIR: dataDir },
      encoding: "utf8",
    });
    expect(done.stderr).toBe("");
    expect(jsonLines(done.stdout)).toHaveLength(1);
  });

  it.each([
    ["--since yesterday", /since/],
    ["--format xml", /format/],
    ["--limit -1", /limit/],
    ["--served who", /served/],
    ["--explored maybe", /explored/],
    ["--cursor nobody", /cursor/],
    ["--user a --subject b", /one only/],
    ["--full --format csv", /full/],
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
    expect(human.stdout).toMatch(
      /Candidates\n.*Slots.*drawn by.*joint.*Rewards\. The window has ended.*Features.*item\.rate.*Replay: .* to the last bit\./s,
    );
    expect(told.rewards).toMatchObject({ state: "closed", complete: true });
    expect(told.slots.map(({ reward }: { reward: number }) => reward)).toEqual([0, 1, 2, 3]);
    expect(told.rewards.received.map(({ value }: { value: number }) => value)).toEqual([1, 2, 3]);
    for (const { draw, propensity } of told.slots) {
      expect(draw.uniform).toBeGreaterThanOrEqual(draw.from);
      expect(draw.uniform).toBeLessThan(draw.to);
      expect(draw.to - draw.from).toBeCloseTo(propensity, 12);
    }
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
