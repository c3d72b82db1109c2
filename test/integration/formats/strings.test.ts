import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { modelStore } from "../../../src/adapters/fs/modelStore.ts";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import { loadConfig } from "../../../src/config.ts";
import { encode } from "../../../src/core/features/encode.ts";
import { dsjson } from "../../../src/core/formats/dsjson.ts";
import { scoreFamily } from "../../../src/core/model/own.ts";
import { withDefaults } from "../../../src/core/settings/policy.ts";
import { serve } from "../../../src/server/main.ts";
import { FileLearning } from "../../../training/file/fileLearning.ts";
import { familyParameters } from "../../../training/learner/family.ts";
import { ManyStrings } from "../../../training/simulate/manyStrings.ts";
import { type TrainFileReport, trainFile } from "../../../workers/retrain/trainFile.ts";
import { written } from "../../conformance/formats/format.ts";
import { TestServer } from "../../unit/server/fakes.ts";

const N = 12_000;
const ASKED = 1_000;

describe("a file full of strings", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "brigand-strings-"));
  const path = join(dataDir, "decisions.dsjson");
  const config = loadConfig({}, { dataDir, port: 0, logLevel: "silent" });
  let report: TrainFileReport;
  const world = new ManyStrings(1);
  const decisions = Array.from({ length: N }, () => world.decision());
  const learning = new FileLearning({ settings: withDefaults({}), bounds: config, pseudonym: (_, id) => id });
  beforeAll(async () => {
    writeFileSync(path, written(dsjson, decisions));
    report = await trainFile({
      config,
      policy: "news",
      path,
      format: "auto",
      clock: systemClock,
      onProgress: () => {},
    });
    for (const decision of decisions) learning.add({ kind: "decision", decision });
  }, 120_000);
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it("is learned as crosses, with the evidence in the manifest", async () => {
    const manifest = await modelStore({ folder: join(layoutOf(dataDir).root, "models") }).manifest("news", 1);
    expect(report).toMatchObject({ version: 1, rows: N, refused: 0 });
    expect(manifest.crosses).toBe("squared");
    expect(manifest.inputs.map(({ name }) => name)).toContain("indices");
    const { variants, crosses } = manifest.learner as {
      variants: { loss: number }[];
      crosses: { variants: { loss: string; squaredError: number }[] };
    };
    const least = Math.min(...variants.map(({ loss }) => loss));
    expect(crosses.variants.map(({ loss }) => loss)).toEqual(["squared", "logistic"]);
    for (const { squaredError } of crosses.variants) expect(squaredError).toBeLessThan(0.99 * least);
  });

  it("finds articles that are clicked more than those that the dense model alone finds (seed 1, 1,000 requests)", () => {
    const p = familyParameters(learning.learner);
    const { state } = learning.pipeline;
    const chosen = { crossed: 0, dense: 0, any: 0 };
    const fresh = new ManyStrings(1);
    for (let i = 0; i < ASKED; i++) {
      const { context, items } = fresh.request();
      const inputPosition = items.map((_, index) => index);
      const { dense, counts, n } = encode(state, { context, items, inputPosition, at: 0 });
      const rates = items.map((item) => fresh.rate(context.group, item));
      const best = (mean: Float64Array) => rates[mean.indexOf(Math.max(...mean))] / ASKED;
      chosen.crossed += best(scoreFamily(p, { dense, counts, n }).mean);
      chosen.dense += best(scoreFamily({ linear: p.linear }, { dense, counts, n }).mean);
      chosen.any += rates.reduce((sum, rate) => sum + rate, 0) / n / ASKED;
    }
    // On 2,000 requests .429 and .439 were measured, against .149 at random and .523 at best.
    expect(chosen.dense).toBeGreaterThan(chosen.any + 0.1);
    expect(chosen.crossed).toBeGreaterThan(chosen.dense + 0.005);
  });

  it("serves, its scores those of the learner", async () => {
    const p = familyParameters(learning.learner);
    const running = await serve(config);
    const server = new TestServer(running.url, () => running.close());
    const { context, items } = new ManyStrings(1).request();
    const body = { policy: "news", context, items, slots: 10, timeoutMs: 30_000 };
    const answer = await server.post("/v1/rank", body);
    const told = answer.body as { modelVersion: number; items: { id: string; score: number }[] };
    expect(told.modelVersion).toBe(1);
    const inputPosition = items.map((_, index) => index);
    const encoded = encode(learning.pipeline.state, { context, items, inputPosition, at: Date.parse("2026-01-01") });
    const { mean } = scoreFamily(p, encoded);
    for (const { id, score } of told.items) {
      const place = items.findIndex((item) => item.id === id);
      expect(Math.abs(score - mean[place])).toBeLessThan(0.02);
    }
    await server.close();
  });
});
