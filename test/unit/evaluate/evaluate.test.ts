import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { register } from "../../../src/cli/commands/evaluate.ts";
import { uniformOf } from "../../../src/core/math/random.ts";

const folder = mkdtempSync(join(tmpdir(), "brigand-evaluate-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

async function run(...args: string[]): Promise<{ out: string; err: string }> {
  const told = { out: "", err: "" };
  const into = (which: "out" | "err") => (text: string | Uint8Array) => {
    told[which] += text;
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(into("out"));
  vi.spyOn(process.stderr, "write").mockImplementation(into("err"));
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  register(program);
  await program.parseAsync(["evaluate", ...args], { from: "user" });
  return told;
}

/** 60 rankings of 12 items a second; "good" is always clicked, wherever it stands. */
function eventLines(): string[] {
  const uniform = uniformOf("9".padStart(64, "0"));
  const lines: string[] = [];
  for (let r = 0; r < 60; r++) {
    const ids = ["good", ...Array.from({ length: 11 }, (_, i) => `poor${i}`)];
    const order = ids.map((id) => ({ id, at: uniform() })).sort((a, b) => a.at - b.at);
    const timestamp = String(1_600_000_000_000 + r * 10_000);
    const items = order.map(({ id }) => ({ id }));
    lines.push(JSON.stringify({ event: "ranking", id: `r${r}`, timestamp, user: `u${r}`, items }));
    const click = {
      event: "interaction",
      id: `c${r}`,
      ranking: `r${r}`,
      timestamp,
      user: `u${r}`,
      type: "click",
      item: "good",
    };
    lines.push(JSON.stringify(click));
  }
  return lines;
}

function fileOf(lines: readonly string[]): string {
  const path = join(folder, `${lines.length}.jsonl`);
  writeFileSync(path, lines.join("\n"));
  return path;
}

test("an item that is always answered comes first by its rate and by ours, and the table says what was judged", async () => {
  const { out } = await run(fileOf(eventLines()), "--split", "0.5");
  expect(out).toMatch(/^item click rate +progressive +1\.0000/m);
  expect(out).toMatch(/^brigand +progressive +1\.0000/m);
  expect(out).toMatch(/last 30 answered rankings by time, after the first 50 %/);
  expect(out).toMatch(/strictly before/);
});

test("without each part of its columns in turn: what an always answered item is known by cannot be left out", async () => {
  const { out } = await run(fileOf(eventLines()), "--ablation", "--no-embeddings", "--json");
  const rows = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ off }) => off !== undefined);
  expect(rows[0]).toMatchObject({ off: "nothing", columns: 0, ndcg10: 1, change: 0 });
  const record = rows.find(({ off }) => off === "rates and counts of the item");
  expect(record.columns).toBeGreaterThan(3);
  expect(record.ndcg10).toBeLessThan(0.8);
  expect(record.changeHigh).toBeLessThan(0);
  // Parts that these events give no columns for are not told.
  expect(rows.map(({ off }) => off)).not.toContain("declared numbers");
});

test("bad lines are counted under their codes with their numbers, and never end the evaluation", async () => {
  const lines = eventLines();
  lines.splice(2, 0, "{", '{"event":"ranking"}', '{"event":"party","id":"1","timestamp":1}', "[]");
  const { out, err } = await run(fileOf(lines), "--json");
  expect(err).toMatch(/1 bad line left out: CB_BODY_NOT_JSON \(line 3\)/);
  expect(err).toMatch(/3 bad lines left out: CB_EVENT_INVALID \(lines 4, 5, 6\)/);
  const rows = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows.filter(({ method }) => method !== undefined)).toHaveLength(6);
  expect(rows.filter(({ earlierLists }) => earlierLists !== undefined)).toHaveLength(1);
});

test("repeated events count once", async () => {
  const lines = eventLines();
  const once = await run(fileOf(lines), "--json");
  vi.restoreAllMocks();
  const twice = await run(fileOf([...lines, ...lines]), "--json");
  expect(twice.out).toBe(once.out);
});

test("ids of people are in no output", async () => {
  const { out, err } = await run(fileOf(eventLines()));
  expect(out + err).not.toMatch(/\bu\d+\b/);
});

test("a file without answered rankings and a share outside (0, 1) are refused by code", async () => {
  await expect(run(fileOf(eventLines().slice(0, 1)))).rejects.toMatchObject({ code: "CB_COMMAND_FAILED" });
  await expect(run("x.jsonl", "--split", "1")).rejects.toMatchObject({ code: "CB_USAGE_INVALID" });
  await expect(run("x.jsonl", "--split", "NaN")).rejects.toMatchObject({ code: "CB_USAGE_INVALID" });
});
