/** TensorFlow.js is loaded by the process that learns vectors, when they are due, and by no other. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../support/shared.ts";

/** Modules that importing a file loads at once: packages by name, own files by path; not types, not `import()`. */
function loadedBy(entry: string): Set<string> {
  const seen = new Set<string>();
  const waiting = [resolve(projectRoot, entry)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file) || !existsSync(file)) continue;
    seen.add(file);
    const text = readFileSync(file, "utf8");
    for (const [, names = "", module] of text.matchAll(/^(?:import|export)\s+(?:([^;"]*?)\s+from\s+)?"([^"]+)"/gm)) {
      if (/^type\b/.test(names) || onlyTypes(names)) continue;
      if (module.startsWith(".")) waiting.push(join(dirname(file), module));
      else seen.add(module);
    }
  }
  return seen;
}

/** `{ type A, type B }`. */
function onlyTypes(names: string): boolean {
  const inner = /^\{(.*)\}$/s.exec(names.trim())?.[1];
  const parts = inner
    ?.split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return parts !== undefined && parts.length > 0 && parts.every((part) => part.startsWith("type "));
}

test.each([
  "src/cli/main.ts",
  "src/server/main.ts",
  "workers/main.ts",
  "workers/embed/processor.ts",
  "workers/retrain/processor.ts",
  "training/embed/train.ts",
])("%s loads no TensorFlow at its start", (entry) => {
  const loaded = [...loadedBy(entry)];
  expect(loaded.length).toBeGreaterThan(3);
  expect(loaded.filter((module) => module.includes("tensorflow"))).toEqual([]);
});

test("the walk would see it: the kernels' own module does load it", () => {
  expect([...loadedBy("test/unit/onnx/itemModel.test.ts")].some((path) => path.endsWith("backends/wasm.ts"))).toBe(
    true,
  );
});
