/**
 * A Python with Triton's client for tests that let it call our models. Where it cannot be had: with CI=true a test fails,
 * elsewhere it is skipped with one line that says so.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe } from "vitest";
import { projectRoot } from "./shared.ts";
import { environmentOf } from "./venv.ts";

/** Runs test/fixtures/triton/client.py and reads what it prints. */
export type RunClient = (...args: readonly string[]) => ReturnType<typeof JSON.parse>;

export function describeWithTriton(name: string, body: (run: RunClient) => void): void {
  const { python, missing } = environmentOf("triton", "tritonclient.http, tritonclient.grpc, numpy");
  if (missing === undefined || process.env.CI === "true") {
    describe(name, () => body((...args) => run(python, args)));
    return;
  }
  console.warn(`skipped "${name}": ${missing}`);
  describe.skip(name, () => body(() => undefined));
}

function run(python: string, args: readonly string[]): ReturnType<typeof JSON.parse> {
  const script = join(projectRoot, "test", "fixtures", "triton", "client.py");
  const { status, stdout, stderr, error } = spawnSync(python, [script, ...args], { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`Triton's client failed: ${error?.message ?? stderr}`);
  return JSON.parse(stdout);
}
