/** A Python with pandas for tests that let others read our files (venv.ts). */
import { describe } from "vitest";
import { environmentOf } from "./venv.ts";

/** `describe` with the path of the Python. */
export function describeWithPandas(name: string, body: (python: string) => void): void {
  const { python, missing } = environmentOf("pandas", "pandas, pyarrow");
  if (missing === undefined) {
    describe(name, () => body(python));
    return;
  }
  console.warn(`skipped "${name}": ${missing}`);
  describe.skip(name, () => body(""));
}
