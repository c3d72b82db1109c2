import { describe, expect, it } from "vitest";
import { loadModel } from "../../../src/adapters/onnx/session.ts";
import { candidatesOf } from "../../../src/core/decide/candidates.ts";
import { FIRST_COLUMNS } from "../../../src/core/features/schema.ts";
import { parseManifest } from "../../../src/core/model/manifest.ts";
import { defaultSettings } from "../../../src/core/settings/policy.ts";
import { Deadlines } from "../../../src/server/deadlines.ts";
import { DecisionMetrics } from "../../../src/server/metrics.ts";
import { Scoring, type ToScore } from "../../../src/server/scoring.ts";
import { prepare } from "../../../src/server/settings.ts";
import { exportLinearModel } from "../../../training/onnx/linearModel.ts";
import { seedFiles } from "../../../training/onnx/seedModel.ts";
import { parametersOf } from "../model/fixtures.ts";
import { items, memoryPorts } from "./fakes.ts";

const manifest = parseManifest(seedFiles().get("manifest.json") ?? new Uint8Array());

async function scoring(score: { fails?: boolean; calls?: number[][] } = {}) {
  const model = exportLinearModel(parametersOf(FIRST_COLUMNS.length));
  const loaded = await loadModel({ model, manifest: { ...manifest, version: 7, columns: [...FIRST_COLUMNS] } });
  const { ports } = memoryPorts();
  const current = () => {
    const scorer = loaded.hold();
    const scoreNow: typeof scorer.scoreNow = (request) => {
      score.calls?.push([...(request.sizes ?? [])]);
      if (score.fails === true) throw new Error("no");
      return scorer.scoreNow?.(request) ?? { mean: new Float32Array(0), variance: new Float32Array(0) };
    };
    return { ...scorer, scoreNow };
  };
  const parts = { ...ports, models: { ...ports.models, current } };
  return new Scoring({
    ports: parts,
    deadlines: new Deadlines(() => performance.now()),
    metrics: new DecisionMetrics(parts),
  });
}

function asked(n: number, policy = "home"): ToScore {
  const request = { policy, items: items(n) };
  const candidates = candidatesOf(request, {});
  const people = { unit: "decision" } as const;
  const prepared = prepare(policy, defaultSettings);
  return {
    request,
    policy: prepared,
    arm: prepared.arms[0],
    candidates,
    people,
    at: 1_700_000_000_000,
    deadline: Number.POSITIVE_INFINITY,
  };
}

/** Copies: what scoring answers is good until the next await. */
const copied = async (scored: ReturnType<Scoring["score"]>) => {
  const { scores, encoded, modelVersion, fault } = await scored;
  return {
    score: scores?.score.slice(),
    uncertainty: scores?.uncertainty.slice(),
    dense: encoded?.dense.slice(),
    modelVersion,
    fault,
  };
};

describe("requests that come together", () => {
  it("share a call of the model, and each gets the rows and scores that it gets alone", async () => {
    const calls: number[][] = [];
    const both = await scoring({ calls });
    const sizes = [4, 1, 100, 7];
    const together = await Promise.all(sizes.map((n) => copied(both.score(asked(n)))));
    expect(calls).toEqual([sizes]);
    for (const [i, n] of sizes.entries()) {
      const alone = await copied(both.score(asked(n)));
      expect(together[i].dense).toEqual(alone.dense);
      expect(together[i].modelVersion).toBe(7);
      for (const name of ["score", "uncertainty"] as const) {
        expect(together[i][name]).toHaveLength(n);
        together[i][name]?.forEach((value, row) => expect(value).toBeCloseTo(alone[name]?.[row] ?? Number.NaN, 6));
      }
    }
  });

  it("are scored apart by policy, and in pieces of bounded size", async () => {
    const calls: number[][] = [];
    const many = await scoring({ calls });
    const policies = Array.from({ length: 40 }, (_, i) => (i % 4 === 3 ? "other" : "home"));
    await Promise.all(policies.map((policy) => copied(many.score(asked(2, policy)))));
    expect(calls.map((sizes) => sizes.length).sort((a, b) => b - a)).toEqual([16, 14, 10]);
    await Promise.all([1000, 1000, 1000].map((n) => copied(many.score(asked(n)))));
    expect(calls.slice(3)).toEqual([[1000, 1000], [1000]]);
  });

  it("are each told of a model that fails", async () => {
    const failing = await scoring({ fails: true });
    const told = await Promise.all([3, 5].map((n) => copied(failing.score(asked(n)))));
    expect(told.map(({ fault, modelVersion }) => ({ fault, modelVersion }))).toEqual(
      Array(2).fill({ fault: "model", modelVersion: 7 }),
    );
  });
});
