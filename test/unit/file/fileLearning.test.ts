import { describe, expect, it } from "vitest";
import type { Features } from "../../../src/core/domain.ts";
import type { LoggedDecision } from "../../../src/core/formats/decision.ts";
import { dsjson } from "../../../src/core/formats/dsjson.ts";
import type { FileFormat } from "../../../src/core/formats/format.ts";
import { jsonl } from "../../../src/core/formats/jsonl.ts";
import { vw } from "../../../src/core/formats/vw.ts";
import { defaultBounds } from "../../../src/core/pipeline.ts";
import { defaultSettings } from "../../../src/core/settings/policy.ts";
import { FileLearning } from "../../../training/file/fileLearning.ts";
import { saveLearner } from "../../../training/learner/codec.ts";
import { options, readText, written } from "../../conformance/formats/format.ts";
import { agreeingDecisions } from "../../support/agreeing.ts";

function learning(bounds = defaultBounds): FileLearning {
  return new FileLearning({ settings: defaultSettings, bounds, pseudonym: (kind, id) => `${kind} ${id}` });
}

function learned(decisions: readonly LoggedDecision[], bounds = defaultBounds): FileLearning {
  const file = learning(bounds);
  for (const decision of decisions) file.add({ kind: "decision", decision });
  file.end();
  return file;
}

/** Through the text of a format. */
function through(format: FileFormat, decisions: readonly LoggedDecision[]): FileLearning {
  const file = learning();
  for (const entry of readText(format, written(format, decisions)).entries) file.add(entry);
  file.end();
  return file;
}

const bytes = ({ learner }: FileLearning) => Buffer.from(saveLearner({ learner, position: 0 })).toString("base64");
const shown = (features: Features, reward: number, context: Features = {}): LoggedDecision => ({
  context,
  items: [{ features }],
  slots: [{ itemIndex: 0, propensity: 1, reward }],
});

describe("learning from a file", () => {
  it("makes the same learner of the same decisions, whatever format they came in, byte for byte", () => {
    const decisions = agreeingDecisions(1_000, "1");
    const direct = bytes(learned(decisions));
    for (const format of [dsjson, vw, jsonl]) expect(bytes(through(format, decisions)), format.name).toBe(direct);
  });

  it("makes the same learner of lines that are read for what was shown alone", () => {
    const decisions = agreeingDecisions(1_000, "2").map((decision) => ({
      ...decision,
      items: decision.items.map(({ features }, i) => ({ features: { ...features, n: { "}]": `"\\{${i}` } } })),
    }));
    const text = written(dsjson, decisions);
    const file = learning();
    const reader = dsjson.reader({ ...options, shownOnly: true });
    text
      .trim()
      .split("\n")
      .forEach((line, i) => {
        for (const outcome of reader.line(line, i + 1)) if (outcome.kind !== "bad") file.add(outcome);
      });
    file.end();
    expect(bytes(file)).toBe(bytes(learned(decisions)));
  });

  it("predicts rows before it learns them, far better than their mean where there is something to learn", () => {
    // Seed 3, n 4,000: the mean alone has .21, the law itself .09; half of the gap by chance is 20 standard errors away.
    const { loss } = learned(agreeingDecisions(4_000, "3"));
    const value = loss.value();
    expect(loss.rows).toBe(4_000);
    expect(value?.lossOfMean).toBeGreaterThan(0.19);
    expect(value?.loss).toBeLessThan(0.14);
  });

  it("counts a decision that stands for four as four rows, and fractions when they add up", () => {
    const of = (pdrop: number, n: number) =>
      learned(Array.from({ length: n }, () => ({ ...shown({ f: 1 }, 1), pdrop })));
    expect(of(0.75, 5).learner.rows).toBe(20);
    expect(of(1 / 3, 4).learner.rows).toBe(6);
  });

  it("counts what it must not or cannot learn, and learns nothing of it", () => {
    const file = learned([
      { ...shown({ f: 1 }, 1), skipLearn: true },
      { context: {}, items: [{}], slots: [{ itemIndex: 0, propensity: 1 }] },
      { context: {}, items: [{}], slots: [] },
      shown({ f: 1 }, 1),
    ]);
    expect(file.counts).toEqual({ decisions: 4, events: 0, skipped: 1, unlabelled: 2 });
    expect(file.learner.rows).toBe(1);
  });

  it("stays finite through huge numbers, features that change their type and names of any kind", () => {
    const odd: Features[] = [
      { f: 1.7e308, g: -1e-300 },
      { f: "text", g: [1, "a", { deep: 1e300 }] },
      { f: { f: { f: 1 } }, g: null },
      { f: true, "": "", "a:b|c": "x" },
      { f: "x".repeat(100_000), toString: 3, constructor: "y" },
    ];
    const decisions = Array.from({ length: 600 }, (_, i) =>
      shown({ x: odd[i % odd.length] }, (i % 3) * 1e6, { c: odd[i % 4] }),
    );
    const { learner, loss } = learned(decisions);
    const { weights, sigma2 } = learner.value();
    expect(learner.rows).toBe(600);
    expect([...weights, sigma2, loss.value()?.loss].every(Number.isFinite)).toBe(true);
  });

  it("is bounded by names however many distinct strings come, and still learns what else is there", () => {
    const bounds = { ...defaultBounds, columnsMax: 40, pairRatesMax: 1_000, catalogueItemsMax: 50 };
    const strange = agreeingDecisions(3_000, "4").map((decision, i) => ({
      ...decision,
      context: { ...decision.context, session: { id: `s${i}` } },
      items: decision.items.map((item, j) => ({
        ...item,
        features: { ...item.features, own: { [`f${i % 2_000}`]: `v${i}.${j}` } },
      })),
    }));
    const { pipeline, learner, loss } = learned(strange, bounds);
    const { catalogue, features, schema } = pipeline.state;
    expect(schema.columns.length).toBeLessThanOrEqual(40);
    expect(learner.columns.length).toBe(schema.columns.length);
    expect(features.pairs).toBeLessThanOrEqual(1_000);
    expect(catalogue.items.size).toBeLessThanOrEqual(50);
    expect(catalogue.vocabulary.tokenFields.length).toBeLessThanOrEqual(512);
    expect(pipeline.discovery.strings.get("context.session.id")?.values.size).toBeLessThanOrEqual(1_000);
    const value = loss.value();
    expect(value?.loss).toBeLessThan((value?.lossOfMean ?? 0) - 0.03);
  });
});
