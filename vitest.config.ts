import { defineConfig } from "vitest/config";

/** Whole simulated worlds: longer than all other statistics together. */
const SIMULATIONS = ["test/statistical/{simulate,simulator}/**/*.test.ts"];

/**
 * Two projects: `unit` is quick and runs files side by side; `integration` starts processes and Redis, so it runs
 * after, one file at a time. No retries anywhere: flaky means wrong.
 */
export default defineConfig({
  test: {
    reporters: ["default", "./test/support/summary.ts"],
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/{unit,conformance,property,statistical}/**/*.test.ts", "test/tidy.test.ts"],
          exclude: SIMULATIONS,
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/{integration,e2e}/**/*.test.ts", ...SIMULATIONS],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
