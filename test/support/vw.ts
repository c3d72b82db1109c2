/**
 * A Python with Vowpal Wabbit for tests that let it read our exports: the one that VW_PYTHON names, else the environment
 * that `npm run check:vw` makes below .prepare/. Where there is none the tests are skipped with one line that says so.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { projectRoot } from "./shared.ts";

const python = process.env.VW_PYTHON ?? join(projectRoot, ".prepare", "vw-9.11.9", "bin", "python");

/** `describe` with the path of the Python. */
export function describeWithVw(name: string, body: (python: string) => void): void {
  if (existsSync(python)) {
    describe(name, () => body(python));
    return;
  }
  console.warn(`skipped "${name}": Vowpal Wabbit is not there; npm run check:vw gets it`);
  describe.skip(name, () => body(""));
}
