import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { logColumns } from "../../../src/core/logs/columns.ts";

it("docs/logs.md lists every column of CSV and Parquet in order, with its type, and no others", async () => {
  const text = await readFile(new URL("../../../docs/logs.md", import.meta.url), "utf8");
  const documented = [...text.matchAll(/^\| `(\w+)` \| (VARCHAR|INTEGER|BIGINT|DOUBLE|BOOLEAN|TIMESTAMP_MS) \|/gm)];
  expect(documented.map(([, name, type]) => [name, type])).toEqual(logColumns.map(({ name, type }) => [name, type]));
});
