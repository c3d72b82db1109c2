/** The short form of `npm run chaos`: what was acknowledged is in the log exactly once, whatever was killed. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ChaosOptions } from "../../chaos/options.ts";
import { tableOf } from "../../chaos/report.ts";
import { runChaos } from "../../chaos/run.ts";
import { projectRoot } from "../../support/shared.ts";
import { temporaryFolder } from "../../support/tmp.ts";

const LIMIT_MS = 150_000;
const none = { server: 0, worker: 0, trainer: 0, compactor: 0, redis: 0 };
const usual: ChaosOptions = {
  main: join(projectRoot, "dist", "src", "cli", "main.js"),
  kills: none,
  seconds: 6,
  gapMs: 3_000,
  seed: "ci",
  rate: 30,
  rewardWindowMs: 10_000,
  redisAwaySeconds: 0,
  tell: () => undefined,
};

describe("kills under load", () => {
  it(
    "lose nothing that was acknowledged, count nothing twice, and leave a log that replays bit for bit",
    async () => {
      const report = await runChaos(
        { ...usual, kills: { ...none, server: 2, worker: 2, trainer: 2, redis: 2 } },
        temporaryFolder(),
      );
      expect(report.kills).toMatchObject({ server: 2, worker: 2, trainer: 2, redis: 2 });
      expect(report.findings).toMatchObject({
        missingDecisions: 0,
        doubledDecisions: 0,
        missingRewards: 0,
        doubledRewards: 0,
        disagreeing: 0,
      });
      expect(report.findings.counts.duplicateRewards).toBeGreaterThan(0);
      expect(report.asked).toMatchObject({ refused: 0, answeredDifferently: 0 });
      expect(report.verified.map(({ equal }) => equal)).toEqual([true, true]);
      expect(report.orphans).toBe(0);
      expect(report.ok, tableOf(report)).toBe(true);
    },
    LIMIT_MS,
  );

  it(
    "lets ranking go on while Redis is away, and nothing is missing afterwards",
    async () => {
      const report = await runChaos({ ...usual, rewardWindowMs: 6_000, redisAwaySeconds: 3 }, temporaryFolder());
      expect(report.ranking.redisAway?.n).toBeGreaterThan(60);
      expect(report.asked.decisionsFailed).toBe(0);
      expect(report.freshAfterSeconds["redis back"]?.max).toBeGreaterThan(0);
      expect(report.ok, tableOf(report)).toBe(true);
    },
    LIMIT_MS,
  );
});
