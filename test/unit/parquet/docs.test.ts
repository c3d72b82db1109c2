import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { columns } from "../../../src/adapters/duckdb/columns.ts";

test("docs/interactions.md lists every column of the files in order, with type and nullness, and no others", async () => {
  const text = await readFile(new URL("../../../docs/interactions.md", import.meta.url), "utf8");
  const rows = text
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const documented = rows.map(([, name, type, , , never]) => [
    name.replaceAll("`", ""),
    type,
    never.startsWith("never"),
  ]);
  const paths = ["policy", "date", "bucket"];
  expect(documented.filter(([name]) => !paths.includes(String(name)))).toEqual(
    columns.map(({ name, type, nullable }) => [name, type, nullable !== true]),
  );
  expect(documented.map(([name]) => name)).toEqual(expect.arrayContaining(paths));
});
