/**
 * Automatic rollback of a canary, looked at after every 100 decisions: the error rate where both arms are the same model,
 * and whether it fires on one that is truly worse. Subjects come again and differ in taste; a fifth is in the canary.
 */
import { expect, test } from "vitest";
import type { CloseOperation } from "../../../src/core/join/operations.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { isInCanary } from "../../../src/core/variants/canary.ts";
import { Experiment } from "../../../src/core/variants/experiment.ts";
import { isWorse, trialOf } from "../../../src/core/variants/trial.ts";

const RUNS = 200;
const DECISIONS = 5_000;
const SUBJECTS = 2_000;
const LOOK = 100;
/** The 99.9 % quantile of a binomial of 200 at 5 %. */
const FALSE_MAX = 20;
const canary = { version: 17, share: 0.2, since: 3 };

/** Decision at which the canary was taken back; undefined where it never was. */
function runOnce(run: number, worseBy: number): number | undefined {
  const next = uniformOf(run.toString(16).padStart(64, "a"));
  const tastes = Array.from({ length: SUBJECTS }, () => 0.1 + 0.4 * next());
  const experiment = new Experiment();
  for (let i = 1; i <= DECISIONS; i++) {
    const who = Math.floor(next() * SUBJECTS);
    const subject = `r${run}u${who}`;
    const inCanary = isInCanary(subject, "home", canary);
    const reward = next() < tastes[who] - (inCanary ? worseBy : 0) ? 1 : 0;
    const variant = inCanary ? "default:17.3" : "default";
    const close = { kind: OperationKind.close, decision: `d${i}`, learnedAt: i, rewards: [reward], variant, reward };
    experiment.add({ ...close, served: "model", subject, decidedAt: 10_000 + 10 * i, at: 0 } satisfies CloseOperation);
    if (i % LOOK !== 0) continue;
    const result = trialOf(experiment, canary);
    if (result !== undefined && isWorse(result) !== undefined) return i;
  }
  return undefined;
}

test("over 200 runs of the same model against itself, at most 20 canaries are taken back", { timeout: 300_000 }, () => {
  const fired = Array.from({ length: RUNS }, (_, run) => runOnce(run, 0)).filter((at) => at !== undefined);
  expect(fired.length).toBeLessThanOrEqual(FALSE_MAX);
});

test("a canary that earns a third less is taken back in each of 20 runs", { timeout: 300_000 }, () => {
  const fired = Array.from({ length: 20 }, (_, run) => runOnce(1_000 + run, 0.1)).filter((at) => at !== undefined);
  expect(fired).toHaveLength(20);
});
