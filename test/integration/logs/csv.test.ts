/** The listing's CSV as another program reads it, and what a spreadsheet would make of its cells. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { logColumns } from "../../../src/core/logs/columns.ts";
import { type Exploring, exploring } from "./exploring.ts";

/** What a spreadsheet takes for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const numeric = logColumns.filter(({ type }) => !["VARCHAR", "BOOLEAN", "TIMESTAMP_MS"].includes(type));

describe("the listing as CSV", () => {
  let log: Exploring;
  let connection: DuckDBConnection;
  let csv: string;
  let parquet: string;
  beforeAll(async () => {
    log = await exploring(30);
    csv = join(log.dataDir, "listing.csv");
    parquet = join(log.dataDir, "listing.parquet");
    for (const [path, format] of Object.entries({ [csv]: "csv", [parquet]: "parquet" })) {
      const answer = await fetch(`${log.server.url}/v1/logs?format=${format}`);
      writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
    }
    connection = await (await DuckDBInstance.create(":memory:")).connect();
  });
  afterAll(async () => {
    connection.closeSync();
    await log.close();
  });

  const rowsOf = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
  const asText = () =>
    rowsOf(`SELECT * FROM read_csv('${csv}', all_varchar = true, header = true, delim = ',', quote = '"', escape = '"',
      parallel = false)`);

  it("has no cell that a spreadsheet runs, while numbers stay numbers", async () => {
    const rows = await asText();
    let formulas = 0;
    for (const row of rows) {
      for (const { name } of logColumns) {
        const cell = String(row[name] ?? "");
        const isNumber = numeric.some((column) => column.name === name);
        if (isNumber && cell !== "") expect(Number.isFinite(Number(cell)), `${name}: ${cell}`).toBe(true);
        if (!isNumber) expect(cell, name).not.toMatch(FORMULA);
        if (/^'+[=+\-@\t\r\n]/.test(cell)) formulas++;
      }
    }
    expect(formulas, "formulas made text").toBeGreaterThanOrEqual(7);
  });

  it("says the same as the Parquet, cell by cell, once apostrophes before formulas are taken away", async () => {
    const columns = logColumns.map(({ name, type }) => {
      if (type === "TIMESTAMP_MS") return `strftime("${name}", '%Y-%m-%dT%H:%M:%S.%gZ') AS "${name}"`;
      return `"${name}"`;
    });
    const expected = await rowsOf(`SELECT ${columns.join(", ")} FROM '${parquet}'`);
    const found = await asText();
    expect(found).toHaveLength(expected.length);
    found.forEach((row, i) => {
      for (const { name, type } of logColumns) {
        const [cell, value] = [row[name], expected[i][name]];
        if (value === null) expect(cell ?? "", name).toBe("");
        else if (["INTEGER", "BIGINT", "DOUBLE"].includes(type)) expect(Number(cell), name).toBe(Number(value));
        else expect(String(cell).replace(/^'(?='*[=+\-@\t\r\n])/, ""), name).toBe(String(value));
      }
    });
  });
});
