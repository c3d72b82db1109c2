import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { modelStore } from "../../../src/adapters/fs/modelStore.ts";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import { loadConfig } from "../../../src/config.ts";
import { dsjson } from "../../../src/core/formats/dsjson.ts";
import { serve } from "../../../src/server/main.ts";
import { type TrainFileReport, trainFile } from "../../../workers/retrain/trainFile.ts";
import { written } from "../../conformance/formats/format.ts";
import { agreeingDecisions } from "../../support/agreeing.ts";
import { runBrigand } from "../../support/processes.ts";
import { TestServer } from "../../unit/server/fakes.ts";

const N = 3_000;

describe("a model from a file", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "brigand-train-"));
  const path = join(dataDir, "decisions.dsjson.gz");
  const config = loadConfig({}, { dataDir, port: 0, logLevel: "silent" });
  const layout = layoutOf(dataDir);
  let report: TrainFileReport;
  const run = (policy: string) =>
    trainFile({ config, policy, path, format: "auto", clock: systemClock, onProgress: () => {} });
  beforeAll(async () => {
    const lines = written(dsjson, agreeingDecisions(N, "5")).split("\n");
    lines.splice(100, 0, "{", '{"_label_cost":0,"_label_probability":0,"_labelIndex":0,"c":{"_multi":[{}]}}');
    writeFileSync(path, gzipSync(lines.join("\n")));
    report = await run("home");
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it("needs no log and says what it read, what it refused and how well it predicted", () => {
    expect(report).toMatchObject({ policy: "home", version: 1, format: "dsjson", decisions: N, rows: N, refused: 2 });
    expect(report.refusedByCode).toMatchObject({
      CB_BODY_NOT_JSON: { n: 1, firstLines: [101] },
      CB_FORMAT_PROPENSITY_INVALID: { n: 1, firstLines: [102] },
    });
    expect(report.progressiveLoss).toBeLessThan((report.lossOfMean ?? 0) - 0.03);
  });

  it("is a version like any other, with the figures in its manifest", async () => {
    const manifest = await modelStore({ folder: join(layout.root, "models") }).manifest("home", 1);
    expect(manifest).toMatchObject({ rows: N, logPosition: 0, creator: "brigand train FILE" });
    expect(manifest.metrics).toMatchObject({ loss: report.progressiveLoss, rows: N });
  });

  it("serves at once, and ranks what each taste wants first", async () => {
    const running = await serve(config);
    const server = new TestServer(running.url, () => running.close());
    const scores = async (taste: string) => {
      const items = ["a", "b", "c", "d"].map((id) => ({ id, features: { article: { id } } }));
      const body = { policy: "home", context: { user: { taste } }, items, slots: 4, timeoutMs: 30_000 };
      const answer = await server.post("/v1/rank", body);
      const told = answer.body as { modelVersion: number; items: { id: string; score: number }[] };
      expect(told.modelVersion).toBe(1);
      return told.items.sort((x, y) => y.score - x.score).map(({ id }) => id);
    };
    expect((await scores("x"))[0]).toBe("a");
    expect((await scores("y"))[0]).toBe("c");
    await server.close();
  });

  it("is refused where the policy has a log of its own", async () => {
    mkdirSync(join(layout.walOf("busy"), "server-1"), { recursive: true });
    await expect(run("busy")).rejects.toThrow(/has a log of its own/);
  });

  it("goes into a log instead by brigand import, each decision once, with its propensities", async () => {
    const args = ["import", path, "--policy", "shop", "--json"];
    const first = await runBrigand(args, { DATA_DIR: dataDir });
    expect(first.code, first.stderr).toBe(0);
    // Rankings, rewards, and an item event for each of the four items.
    expect(JSON.parse(first.stdout)).toMatchObject({ format: "dsjson", accepted: 2 * N + 4, rejected: 2, repeated: 0 });
    expect(first.stderr).toContain("line 102: CB_FORMAT_PROPENSITY_INVALID");
    const again = await runBrigand(args, { DATA_DIR: dataDir });
    expect(JSON.parse(again.stdout)).toMatchObject({ accepted: 0, repeated: N });
    const trained = await runBrigand(["train", "--policy", "shop", "--json"], { DATA_DIR: dataDir });
    expect(JSON.parse(trained.stdout)).toMatchObject({ version: 1, rows: N });
  });

  it("is refused by the command line where no line can be learned from, and says why", async () => {
    const junk = join(dataDir, "junk.jsonl");
    writeFileSync(junk, '{"event":"item"}\n'.repeat(3));
    const done = await runBrigand(["train", junk, "--policy", "junk"], { DATA_DIR: dataDir });
    expect(done.code).toBe(1);
    expect(done.stderr).toContain("3 lines refused, the first 1, 2, 3: CB_EVENT_INVALID");
    const unknown = await runBrigand(["import", join(dataDir, "secret", "subject.key"), "--policy", "junk"], {
      DATA_DIR: dataDir,
    });
    expect(unknown.stderr).toContain("CB_FORMAT_UNKNOWN");
  });
});
