/** Values that are allowed and hostile all the same: huge, of another type each time, of names that never come again. */
import { describe, expect, it } from "vitest";
import { packTree } from "../../../src/core/codec/tree.ts";
import type { Features, Json } from "../../../src/core/domain.ts";
import type { LoggedDecision } from "../../../src/core/formats/decision.ts";
import { defaultBounds } from "../../../src/core/pipeline.ts";
import { defaultSettings } from "../../../src/core/settings/policy.ts";
import { savePipeline } from "../../../src/core/snapshot.ts";
import { FileLearning } from "../../../training/file/fileLearning.ts";
import { saveLearner } from "../../../training/learner/codec.ts";
import { familyParameters } from "../../../training/learner/family.ts";
import { exportFamilyModel } from "../../../training/onnx/familyModel.ts";
import { agreeingDecisions } from "../../support/agreeing.ts";

const N = 3_000;

/** The agreeing decisions, what `more` says added to the context and to each item. */
function learned(more: (i: number) => { context?: Features; item?: Features }, n = N): FileLearning {
  const file = new FileLearning({
    settings: defaultSettings,
    bounds: defaultBounds,
    pseudonym: (kind, id) => `${kind} ${id}`,
  });
  agreeingDecisions(n, "3").forEach((decision, i) => {
    const { context, item } = more(i);
    const told: LoggedDecision = {
      ...decision,
      context: { ...decision.context, ...context },
      items: decision.items.map(({ id, features }) => ({ id, features: { ...features, ...item } })),
    };
    file.add({ kind: "decision", decision: told });
  });
  file.end();
  return file;
}

const bytes = ({ learner }: FileLearning) => Buffer.from(saveLearner({ learner, position: 0 })).toString("base64");
const lossOf = ({ loss }: FileLearning) => loss.value()?.loss ?? Number.NaN;
const nested = (depth: number): Json => (depth === 0 ? 1 : { a: nested(depth - 1) });

describe("hostile values", () => {
  const plain = learned(() => ({}));

  it("that cannot be features change nothing, byte for byte: huge names, free text, deep nesting", () => {
    const hostile = learned((i) => ({
      context: { [`${"k".repeat(300)}${i}`]: i, text: `${"word ".repeat(100)}${i}`, deep: nested(20), none: null },
      item: { [`${"k".repeat(300)}${i}`]: i, text: `${"word ".repeat(100)}${i}`, deep: nested(20) },
    }));
    expect(bytes(hostile)).toBe(bytes(plain));
  });

  it.each([
    ["numbers of any size", (i: number): Json => [1e308, -1e308, 5e-324, -0, 1e18, 3][i % 6]],
    ["another type each time", (i: number): Json => [1, "one", true, ["a", "b"], { b: 2 }, null, [1, 2], ""][i % 8]],
    ["a number that becomes text half way", (i: number): Json => (i < N / 2 ? i : `text ${i % 50}`)],
    ["a new name each time", (i: number): Json => ({ [`name${i}`]: i, [`text${i}`]: "x" })],
  ])("are learned beside, the model stays finite and nearly as good: %s", (_, value) => {
    const hostile = learned((i) => ({ context: { odd: value(i) }, item: { odd: value(i + 1) } }));
    // Throws for a weight or variance that is not finite.
    expect(exportFamilyModel(familyParameters(hostile.learner)).length).toBeGreaterThan(1_000);
    expect(lossOf(hostile)).toBeLessThan(lossOf(plain) * 1.1);
  });

  it("of strings that never come again leave a state that does not grow with their number", { timeout: 60_000 }, () => {
    const strings = (i: number): Features => ({
      page: `page ${i}`,
      from: `from ${i}`,
      tag: [`tag ${i}`, `other ${i}`],
    });
    const sizes = [N, 2 * N].map((n) => {
      const file = learned((i) => ({ context: strings(i) }), n);
      expect(file.learner.columns.filter((name) => name.includes("hash"))).toEqual([]);
      expect(file.pipeline.discovery.strings.get("context.page")?.values.size).toBe(1_000);
      return packTree(savePipeline(file.pipeline)).length;
    });
    expect(sizes[1] / sizes[0]).toBeLessThan(1.05);
  });

  it("of strings that did come again before they flooded fill tables of one size", { timeout: 60_000 }, () => {
    const strings = (i: number): Features => ({ page: i < 1_000 ? `page ${i % 40}` : `page ${i}` });
    const { columns, choice } = learned((i) => ({ context: strings(i) })).learner;
    expect(columns).toContain("hash:context.page:0");
    for (const { weights, precision } of choice.crosses.save().values())
      expect([weights.length, precision.length]).toEqual([2 ** 18, 2 ** 18]);
    expect(choice.crosses.tables.size).toBe(2);
  });
});
