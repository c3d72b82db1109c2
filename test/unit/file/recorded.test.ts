/**
 * What two fixed files teach, as digests recorded before reading, features and learner were made faster. Another digest
 * says that something else is learned: then versions of formats and models are at stake, not speed. Recorded again
 * when the choice of items' own coefficients changed (checkpoints of version 6).
 */
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { packTree } from "../../../src/core/codec/tree.ts";
import type { Features } from "../../../src/core/domain.ts";
import type { LoggedDecision } from "../../../src/core/formats/decision.ts";
import { dsjson } from "../../../src/core/formats/dsjson.ts";
import type { FileFormat } from "../../../src/core/formats/format.ts";
import { jsonl } from "../../../src/core/formats/jsonl.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { defaultBounds } from "../../../src/core/pipeline.ts";
import { defaultSettings } from "../../../src/core/settings/policy.ts";
import { savePipeline } from "../../../src/core/snapshot.ts";
import { FileLearning } from "../../../training/file/fileLearning.ts";
import { saveLearner } from "../../../training/learner/codec.ts";
import { options, written } from "../../conformance/formats/format.ts";

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex").slice(0, 32);

/** Digests of learner and features' state, and the progressive loss. */
function taught(format: FileFormat, decisions: readonly LoggedDecision[]) {
  const pseudonym = (kind: string, id: string) => `${kind} ${id}`;
  const file = new FileLearning({ settings: defaultSettings, bounds: defaultBounds, pseudonym });
  const reader = format.reader({ ...options, shownOnly: true });
  const lines = written(format, decisions).trim().split("\n");
  for (let i = 0; i < lines.length; i++)
    for (const entry of reader.line(lines[i], i + 1)) if (entry.kind !== "bad") file.add(entry);
  file.end();
  return {
    learner: digest(saveLearner({ learner: file.learner, position: 0 })),
    features: digest(packTree(savePipeline(file.pipeline))),
    loss: file.loss.value()?.loss,
  };
}

const numbered = <T>(name: string, n: number, value: (i: number) => T) =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [`${name}${i}`, value(i)]));

/** Items without names, strings of few and of many values, numbers that are missing at times. */
function anonymous(n: number): LoggedDecision[] {
  const uniform = uniformOf("a1".padStart(64, "0"));
  const whole = (below: number) => Math.floor(uniform() * below);
  return Array.from({ length: n }, (_, i) => {
    const user: Features = { ...numbered("u", 3, (k) => `v${whole(k === 0 ? 5 : 40)}`), age: whole(60) };
    const items = Array.from({ length: 4 }, () => ({
      features: {
        a: {
          ...numbered("a", 4, () => `v${whole(60)}`),
          ...numbered("n", 3, (k) => (k === whole(9) ? null : uniform())),
        },
        tags: Array.from({ length: whole(3) }, () => `t${whole(12)}`),
      },
    }));
    const itemIndex = whole(4);
    const reward = uniform() < (user.u0 === "v1" ? 0.6 : 0.2) ? 1 : 0;
    return { id: `d${i}`, context: { user, hour: i % 24 }, items, slots: [{ itemIndex, propensity: 0.25, reward }] };
  });
}

/** Items with names, of one brand each; users that come back; two slots; rewards of any size. */
function named(n: number): LoggedDecision[] {
  const uniform = uniformOf("b2".padStart(64, "0"));
  const whole = (below: number) => Math.floor(uniform() * below);
  return Array.from({ length: n }, (_, i) => {
    const items = Array.from({ length: 6 }, (_, k) => {
      const place = (i + 7 * k) % 30;
      const features = { brand: `b${place % 4}`, words: [`w${place % 7}`, `w${place % 5}`], price: place / 7 };
      return { id: `item ${place}`, features };
    });
    const first = whole(6);
    const slots = [first, (first + 1 + whole(5)) % 6].map((itemIndex, l) => {
      const propensity = l === 0 ? 1 / 6 : 1 / 5;
      return { itemIndex, propensity, reward: items[itemIndex].features.price * (uniform() < 0.3 ? 1.5 : 0) };
    });
    const context = { device: ["phone", "desk", "tv"][whole(3)], load: uniform(), wet: uniform() < 0.2 };
    const at = 1_700_000_000_000 + 60_000 * i;
    return { id: `d${i}`, at, user: `u${whole(40)}`, context, items, slots };
  });
}

it("items without names teach what they taught", () => {
  expect(taught(dsjson, anonymous(9_000))).toEqual({
    learner: "fb8638cb32aa3aaed6627381157047eb",
    features: "51120b619d63634b07be015feae87077",
    loss: 0.17990524584943532,
  });
});

it("items and users with names teach what they taught", () => {
  expect(taught(jsonl, named(2_500))).toEqual({
    learner: "ff0721141db9bd50766266a6321039d0",
    features: "fa1c8fdf7eb4e78b7aa5f366735229d5",
    loss: 2.932488594867489,
  });
});
