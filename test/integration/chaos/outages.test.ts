/** The short form of `npm run outages`: rankings go on, what could not be kept was refused, nothing promised is missing. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { OUTAGES, runOutages } from "../../chaos/outages.ts";
import { outagesTable } from "../../chaos/outagesReport.ts";
import { projectRoot } from "../../support/shared.ts";
import { temporaryFolder } from "../../support/tmp.ts";

test("a hung Redis, a full disk and a stopped worker leave rankings, and nothing acknowledged is missing", {
  timeout: 240_000,
}, async () => {
  const report = await runOutages(
    {
      main: join(projectRoot, "dist", "src", "cli", "main.js"),
      outages: OUTAGES,
      seconds: { "redis hung": 13, "disk full": 5, "worker stopped": 13 },
      usualSeconds: 2,
      rate: 30,
      timeoutMs: 250,
      rewardWindowMs: 15_000,
      seed: "ci",
      tell: () => undefined,
    },
    temporaryFolder(),
  );
  const told = outagesTable(report);
  const phase = (name: string) => report.phases.find((one) => one.name === name);
  for (const one of report.phases) {
    expect(one.ready, told).toBe(true);
    expect(one.ranked, told).toBeGreaterThan(0);
  }
  // A machine with other work may refuse as busy or pass a deadline; that the log refused anything would be a fault.
  for (const name of ["redis hung", "worker stopped"]) {
    expect(Object.keys(phase(name)?.refused ?? {}).join(), told).not.toContain("CB_LOG");
    expect(Object.keys(phase(name)?.served ?? {}), told).not.toContain("degraded (log)");
    expect(phase(name)?.served.model, told).toBeGreaterThan(0);
  }
  expect(phase("redis hung")?.degraded, told).toContain("learn");
  expect(phase("worker stopped")?.degraded, told).toContain("join");
  // Where no disk can be mounted the report says why, and the other two are shown.
  for (const [outage, why] of Object.entries(report.leftOut)) console.warn(`left out "${outage}": ${why}`);
  if (report.leftOut["disk full"] === undefined) {
    const full = phase("disk full");
    expect(full?.degraded, told).toContain("log");
    expect(full?.served["degraded (log)"], told).toBeGreaterThan(0);
    expect(Object.keys(full?.refused ?? {}), told).toEqual(
      expect.arrayContaining(["rank CB_LOG_WRITE_FAILED", "reward CB_LOG_WRITE_FAILED"]),
    );
  }
  const { missingDecisions, doubledDecisions, missingRewards, doubledRewards, disagreeing } = report.findings;
  expect({ missingDecisions, doubledDecisions, missingRewards, doubledRewards, disagreeing }, told).toEqual({
    ...{ missingDecisions: 0, doubledDecisions: 0, missingRewards: 0, doubledRewards: 0, disagreeing: 0 },
  });
  expect(report.asked, told).toMatchObject({ refused: 0, answeredDifferently: 0 });
  expect(report.verified, told).toBe(true);
  expect(report.orphans, told).toBe(0);
});
