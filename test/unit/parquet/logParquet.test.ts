import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { writeLogParquet } from "../../../src/adapters/duckdb/logParquet.ts";
import { csvRows } from "../../../src/core/logs/columns.ts";
import type { LogEntry } from "../../../src/core/logs/entry.ts";
import { temporaryFolder } from "../../support/tmp.ts";
import { decision } from "../logs/written.ts";

const entry = (i: number): LogEntry => ({
  record: decision(`d${i}`, 1000 + i, { context: { i } }),
  rewards: { state: "closed", closedAt: 5000, bySlot: [-1.5, undefined] },
  cursor: `c${i}`,
});

async function* entries(n: number, failsAt = Number.POSITIVE_INFINITY) {
  for (let i = 0; i < n; i++) {
    if (i === failsAt) throw new Error("the log ended in fire");
    yield entry(i);
  }
}

describe("a listing as one Parquet file", () => {
  it("holds the rows of all parts in order, and nothing of it stays on disk", async () => {
    const folder = temporaryFolder();
    const file = await writeLogParquet({ folder, bytesMax: 1e7, rowsPerPart: 7 }, entries(50));
    expect(readdirSync(folder)).toEqual([]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.chunks) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    expect(bytes.length).toBe(file.bytes);
    const path = join(folder, "read.parquet");
    writeFileSync(path, bytes);
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const read = await connection.runAndReadAll(
      `SELECT decision_id, item, reward, context, epoch_ms("at")::INTEGER FROM '${path}'`,
    );
    connection.closeSync();
    expect(read.getRows()).toEqual(
      Array.from({ length: 50 }, (_, i) => [
        [`d${i}`, "c", -1.5, `{"i":${i}}`, 1000 + i],
        [`d${i}`, "a", null, `{"i":${i}}`, 1000 + i],
      ]).flat(),
    );
  });

  it("is a table without rows where nothing was found", async () => {
    const file = await writeLogParquet({ folder: temporaryFolder(), bytesMax: 1e7 }, entries(0));
    expect(file.bytes).toBeGreaterThan(0);
    await file.close();
    await file.close();
  });

  it("is refused over its bound, and leaves nothing behind, nor when the log fails", async () => {
    const folder = temporaryFolder();
    const small = writeLogParquet({ folder, bytesMax: 100, rowsPerPart: 10 }, entries(50));
    await expect(small).rejects.toMatchObject({ code: "CB_LOGS_TOO_LARGE", status: 413 });
    const failed = writeLogParquet({ folder, bytesMax: 1e7 }, entries(50, 20));
    await expect(failed).rejects.toThrow("the log ended in fire");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("removes what a killed process left an hour ago, and nothing else", async () => {
    const folder = temporaryFolder();
    for (const name of ["logs-old", "logs-new", "other"]) mkdirSync(join(folder, name));
    for (const name of ["logs-old", "other"]) utimesSync(join(folder, name), 1, 1);
    await (await writeLogParquet({ folder, bytesMax: 1e7 }, entries(1))).close();
    expect(["logs-old", "logs-new", "other"].filter((name) => existsSync(join(folder, name)))).toEqual([
      "logs-new",
      "other",
    ]);
  });
});

it("a row of CSV has the numbers as they are", () => {
  const [first, second] = csvRows(entry(7)).split("\r\n");
  expect(first).toContain(",-1.5,closed,1970-01-01T00:00:05.000Z,");
  expect(second).toContain(",,closed,");
});
