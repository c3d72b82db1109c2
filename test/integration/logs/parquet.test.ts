/** The listing's Parquet, made by a real server, read back by DuckDB and by pandas. */
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { logColumns } from "../../../src/core/logs/columns.ts";
import { describeWithPandas } from "../../support/pandas.ts";
import { projectRoot } from "../../support/shared.ts";
import { type Exploring, exploring, WILD_ITEMS } from "./exploring.ts";

const N = 250;
let log: Exploring;
let path: string;
beforeAll(async () => {
  log = await exploring(N);
  const answer = await fetch(`${log.server.url}/v1/logs?format=parquet`);
  expect(answer.headers.get("content-type")).toBe("application/vnd.apache.parquet");
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(bytes.length).toBe(Number(answer.headers.get("content-length")));
  path = join(log.dataDir, "listing.parquet");
  writeFileSync(path, bytes);
});
afterAll(() => log.close());

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  try {
    return (await connection.runAndReadAll(sql.replace("LOG", `read_parquet('${path}')`))).getRowObjectsJson();
  } finally {
    connection.closeSync();
  }
}

/** One target's weights, in SQL: uniform over the items left, given the items above. */
const UNIFORM = "avg(1.0 / (candidates - position + 1) / propensity)";

describe("the listing as Parquet", () => {
  it("has the documented columns with their types, a row a shown item, and leaves no file behind", async () => {
    const described = await query("DESCRIBE SELECT * FROM LOG");
    const types = described.map(({ column_name, column_type }) => [column_name, column_type]);
    const expected = logColumns.map(({ name, type }) => [name, type === "TIMESTAMP_MS" ? "TIMESTAMP" : type]);
    expect(types.map(([name, type]) => [name, String(type).replace(/_MS$/, "")])).toEqual(expected);
    const [{ rows, decisions }] = await query(
      "SELECT count(*) AS rows, count(DISTINCT decision_id) AS decisions FROM LOG",
    );
    expect([Number(rows), Number(decisions)]).toEqual([2 * N * 4 + WILD_ITEMS.length, 2 * N + 1]);
    expect(readdirSync(join(log.dataDir, "exports"))).toEqual([]);
  });

  it("holds conditional propensities whose product is the joint, to 1e-12 of it, in every decision", async () => {
    const [{ error, least, most }] = await query(`SELECT max(abs(p - j) / j) AS error, min(j) AS least, max(p1) AS most
      FROM (SELECT product(propensity) AS p, any_value(joint_propensity) AS j, max(propensity) AS p1 FROM LOG GROUP BY decision_id)`);
    expect(Number(error)).toBeLessThanOrEqual(1e-12);
    expect(Number(least)).toBeGreaterThan(0);
    expect(Number(most)).toBeLessThanOrEqual(1);
  });

  it("keeps wild ids and says which rewards are final", async () => {
    const wild = await query("SELECT item, reward, reward_state FROM LOG WHERE decision_id = '=wild'");
    expect(wild.map(({ item }) => item).sort()).toEqual([...WILD_ITEMS].sort());
    for (const row of wild) expect(row).toMatchObject({ reward: null, reward_state: "open" });
    const [closed] = await query(`SELECT count(*) AS n, sum(reward) AS sum, count(closed_at) AS times FROM LOG
      WHERE reward_state = 'closed' AND NOT (reward IS NULL)`);
    // Rewards are (i + slot) mod 4 for decision i: 0 + 1 + 2 + 3 in each.
    expect([Number(closed.n), Number(closed.sum), Number(closed.times)]).toEqual([8 * N, 12 * N, 8 * N]);
  });

  /**
   * 2 · 250 decisions of 4 slots, 9 candidates; seeds are the server's own. Weights of a slot given those above have
   * mean 1 and a variance that the pmf of the slot gives exactly, so their sum is a martingale: by Freedman's inequality
   * its mean leaves 1 ± t with probability at most 1e-9, t from the summed variance and the largest possible weight.
   */
  it("weighs the logging policy itself by exactly 1, and the uniform policy by 1 within its bound (1e-9)", async () => {
    let [variance, largest, n, sum] = [0, 0, 0, 0];
    for (const id of [...log.closed, ...log.open]) {
      const { body } = await log.server.get(`/v1/decisions/${encodeURIComponent(id)}`);
      expect(body.replay.same).toBe(true);
      for (const { item, propensity, pmf } of body.slots as { item: string; propensity: number; pmf: number[] }[]) {
        const index = body.candidates.findIndex((candidate: { id: string }) => candidate.id === item);
        expect(pmf[index] / propensity).toBe(1);
        const left = pmf.filter((p) => p > 0);
        const weights = left.map((p) => 1 / left.length / p);
        variance += weights.reduce((total, w) => total + w / left.length, -1);
        largest = Math.max(largest, ...weights);
        sum += 1 / left.length / propensity;
        n++;
      }
    }
    const [{ mean }] = await query(`SELECT ${UNIFORM} AS mean FROM LOG`);
    expect(Number(mean)).toBeCloseTo(sum / n, 12);
    const l = Math.log(2 / 1e-9);
    const third = (Math.max(1, largest - 1) * l) / 3;
    const tolerance = (third + Math.sqrt(third * third + 2 * variance * l)) / n;
    console.log(`uniform target: mean weight ${Number(mean).toFixed(4)}, bound ± ${tolerance.toFixed(4)}, n ${n}`);
    expect(variance / n, "scores differ, so weights do").toBeGreaterThan(1e-4);
    expect(Math.abs(Number(mean) - 1)).toBeLessThanOrEqual(tolerance);
  });
});

describeWithPandas("the listing as Parquet, read by pandas", (python) => {
  it("is the same table as DuckDB reads: rows, types, products, weights, rewards", async () => {
    const script = join(projectRoot, "test", "fixtures", "pandas", "read.py");
    const { status, stdout, stderr } = spawnSync(python, [script, path], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    const found = JSON.parse(stdout);
    const [ours] =
      await query(`SELECT count(*) AS rows, count(DISTINCT decision_id) AS decisions, ${UNIFORM} AS uniform,
      sum(reward) AS sum FROM LOG`);
    expect(found.columns).toEqual(logColumns.map(({ name }) => name));
    expect(found).toMatchObject({ rows: Number(ours.rows), decisions: Number(ours.decisions), selfWeight: 1 });
    expect(found.jointError).toBeLessThanOrEqual(1e-12);
    expect(found.uniformWeight).toBeCloseTo(Number(ours.uniform), 12);
    expect(found.rewardSum).toBe(Number(ours.sum));
    expect(found.states).toEqual({ closed: 8 * N, open: WILD_ITEMS.length });
    expect(found.items).toEqual([...WILD_ITEMS].sort());
    expect(found.kinds).toMatchObject({ at: "M", closed_at: "M", propensity: "f", reward: "f", position: "i" });
  });
});
