/** What the command line changes in DATA_DIR stands in the audit log. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runBrigand } from "../../support/processes.ts";
import { temporaryFolder } from "../../support/tmp.ts";

test("imports and trainings are acts, with who did them and how they ended", { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const env = { DATA_DIR: join(folder, "data") };
  const at = 1_700_000_000_000;
  const events = [
    {
      event: "ranking",
      id: "r1",
      user: "u",
      session: "s",
      timestamp: at,
      fields: [],
      items: [{ id: "a" }, { id: "b" }],
    },
    {
      event: "interaction",
      id: "i1",
      ranking: "r1",
      user: "u",
      session: "s",
      type: "click",
      item: "a",
      timestamp: at + 1,
      fields: [],
    },
  ];
  const file = join(folder, "events.jsonl");
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  expect(await runBrigand(["import", file, "--policy", "home"], env)).toMatchObject({ code: 0 });
  expect(await runBrigand(["train", "--policy", "home"], env)).toMatchObject({ code: 0 });
  // The policy has a log by now: refused, and that is told too.
  expect(await runBrigand(["train", file, "--policy", "home"], env)).toMatchObject({ code: 1 });
  const { stdout } = await runBrigand(["logs", "audit", "--json"], env);
  const acts = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(acts).toMatchObject([
    { act: "import", target: `${file} --policy home`, status: 200, by: { name: expect.stringMatching(/^cli /) } },
    { act: "train", target: "home", status: 200 },
    { act: "train", target: `${file} --policy home` },
  ]);
  expect(acts[2].status).toBeGreaterThanOrEqual(400);
});
