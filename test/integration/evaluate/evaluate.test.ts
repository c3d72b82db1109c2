/** `brigand evaluate` on RankLens against the figures measured independently (ndcg, definitions: training/evaluate). */
import { Command } from "commander";
import { afterEach, expect, test, vi } from "vitest";
import { register } from "../../../src/cli/commands/evaluate.ts";
import type { HistoryRow } from "../../../training/evaluate/history.ts";
import type { Row } from "../../../training/evaluate/methods.ts";
import type { NewItemsRow } from "../../../training/evaluate/newItems.ts";
import { describeWithShared, sharedData } from "../../support/shared.ts";

afterEach(() => vi.restoreAllMocks());

async function run(...args: string[]): Promise<string> {
  let out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  const program = new Command().exitOverride();
  register(program);
  await program.parseAsync(["evaluate", ...args], { from: "user" });
  return out;
}

describeWithShared("brigand evaluate on RankLens", ["ranklens/events.jsonl.gz"], () => {
  test("simple rankers give the published figures, and ours is above them by more than chance", {
    timeout: 600_000,
  }, async () => {
    const out = await run(sharedData("ranklens/events.jsonl.gz"), "--new-items", "--json");
    const lines = out
      .trim()
      .split("\n")
      .map((line): Row | HistoryRow | NewItemsRow => JSON.parse(line));
    const rows = lines.filter((line) => "method" in line);
    const history = lines.filter((line) => "earlierLists" in line);
    const fresh = lines.find((line) => "newItems" in line);
    const of = (method: string, protocol: string) => {
      const row = rows.find((candidate) => candidate.method === method && candidate.protocol === protocol);
      if (row === undefined) throw new Error(`no row ${method} ${protocol}`);
      return row;
    };
    expect(rows.map(({ rankings }) => rankings)).toEqual(new Array(8).fill(1755));
    expect(Math.abs(of("random", "any").ndcg10 - 0.33)).toBeLessThan(0.003);
    expect(Math.abs(of("logged order", "any").ndcg10 - 0.378)).toBeLessThan(0.003);
    expect(Math.abs(of("item click rate", "frozen").ndcg10 - 0.5922)).toBeLessThan(0.003);
    expect(Math.abs(of("item click rate", "progressive").ndcg10 - 0.5947)).toBeLessThan(0.003);
    const ours = of("brigand", "progressive");
    expect(of("brigand, no vectors", "progressive").ndcg10).toBeGreaterThanOrEqual(0.61);
    expect(ours.ndcg10).toBeGreaterThanOrEqual(0.628);
    expect(ours.diffLow).toBeGreaterThanOrEqual(0.025);
    expect(ours.gainLow).toBeGreaterThan(0);
    expect(ours.training?.trainings).toBeGreaterThan(5);
    // Items that vectors never saw, ranked by what they are: the rate knows nothing of them.
    expect(fresh?.diffLow).toBeGreaterThan(0.03);
    expect(ours.diffHigh).toBeGreaterThan(ours.diff ?? 0);
    expect(of("brigand", "frozen").diffLow).toBeGreaterThan(0.005);
    // A user of one list is served better than by popularity, and more so with every further one known.
    expect(history.map(({ earlierLists }) => earlierLists)).toEqual([0, 1, 2, 3, 4]);
    expect(history[1].diffLow).toBeGreaterThan(0);
    expect(history[3].diff).toBeGreaterThan(history[0].diff);
    // Above this the future must have leaked: even a user's future lists give the best model only .635.
    expect(ours.ndcg10).toBeLessThan(0.65);
  });
});
