/** The same tests on native TensorFlow where it is assembled (with CI=true prepare.mjs does that), and equal results. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Catalogue } from "../../../src/core/features/catalogue.ts";
import type { Backend } from "../../../training/embed/backends/backend.ts";
import { chooseBackend } from "../../../training/embed/backends/choose.ts";
import { trainVectors } from "../../../training/embed/train.ts";
import { backendConformance } from "../../conformance/embed/backend.ts";
import { plantedRows } from "../../conformance/embed/planted.ts";
import { projectRoot } from "../../support/shared.ts";

const native = () => chooseBackend("native");

if (existsSync(join(projectRoot, ".tensorflow", "ready"))) {
  backendConformance("native TensorFlow", native);

  describe("native TensorFlow and WebAssembly", () => {
    const train = (backend: Backend) => {
      const { rows } = plantedRows({ users: 300, items: 40, lists: 8 });
      return trainVectors(backend, { rows, declared: new Catalogue() });
    };

    test("give the same vectors to 1e-3 after 12 steps, and the same losses to 1e-5", { timeout: 60_000 }, async () => {
      const [a, b] = [train(await chooseBackend("wasm")), train(await native())];
      if (a === undefined || b === undefined) throw new Error("nothing was learned");
      const worst = (x: ArrayLike<number>, y: ArrayLike<number>) =>
        Array.from(x).reduce((most, value, k) => Math.max(most, Math.abs(value - y[k])), 0);
      expect(worst(a.losses, b.losses)).toBeLessThan(1e-5);
      expect(worst(a.value.values, b.value.values)).toBeLessThan(1e-3);
    });

    test("the choice is native where it is there, unless wasm is asked for", async () => {
      expect((await chooseBackend("auto")).name).toBe("native");
      expect((await chooseBackend("wasm")).name).toBe("wasm");
    });
  });
} else {
  console.warn("native TensorFlow is not assembled here (npm run setup:tensorflow): only WebAssembly is tested");

  test("without native TensorFlow the choice is wasm, and asking for native says how to get it", async () => {
    expect((await chooseBackend("auto")).name).toBe("wasm");
    await expect(native()).rejects.toMatchObject({ code: "CB_TENSORFLOW_MISSING" });
  });
}
