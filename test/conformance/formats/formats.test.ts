import { describe, expect, it } from "vitest";
import type { LoggedDecision } from "../../../src/core/formats/decision.ts";
import { dsjson } from "../../../src/core/formats/dsjson.ts";
import { formatOf } from "../../../src/core/formats/formats.ts";
import { jsonl } from "../../../src/core/formats/jsonl.ts";
import { metarank } from "../../../src/core/formats/metarank.ts";
import { obp } from "../../../src/core/formats/obp.ts";
import { vw } from "../../../src/core/formats/vw.ts";
import { formatConformance } from "./format.ts";

const one: LoggedDecision = {
  id: "d1",
  at: 1_700_000_000_123,
  model: "m/17",
  context: { device: "mobile", hour: 21, user: { age: 30, tags: ["a", "b"] } },
  items: [
    { id: "i1", features: { genre: ["sci-fi", "drama"], price: 9.5 } },
    { id: "i2", features: { genre: ["war"], price: -3, ns: { deep: 0.25 } } },
  ],
  slots: [{ itemIndex: 1, propensity: 0.3, reward: 2.5, order: [1, 0], pmf: [0.3, 0.7] }],
};
const nameless: LoggedDecision = { context: {}, items: [{ features: { f: 1 } }, { features: { f: 2 } }], slots: [] };
const many: LoggedDecision = {
  id: "d3",
  at: 1_700_000_001_000,
  context: { place: { size: "large" } },
  items: [
    { id: "a", features: { x: 1 } },
    { id: "b", features: { x: 2 } },
    { id: "c", features: {} },
  ],
  slots: [
    { itemIndex: 2, propensity: 0.5, reward: 0, id: "top", features: { w: 3 } },
    { itemIndex: 0, propensity: 1, reward: -1, id: "side" },
  ],
  pdrop: 0.75,
  skipLearn: true,
};
const label = (probability: string, cost = "0") =>
  `{"_label_cost":${cost},"_label_probability":${probability},"_labelIndex":0,"a":[1],"p":[1],"c":{"_multi":[{"f":1}]}}`;

formatConformance(dsjson, [one, nameless, many], {
  "a line that is no JSON": '{"_label_cost":',
  "a propensity of 0": label("0"),
  "a negative propensity": label("-0.5"),
  "a propensity above 1": label("1.5"),
  "a propensity that is no number": label('"NaN"'),
  "an infinite cost": label("0.5", "1e999"),
  "a huge cost": label("0.5", "1e300"),
  "an infinite feature": '{"c":{"x":1e999,"_multi":[{"f":1}]}}',
  "a label of an action that is not there":
    '{"_label_cost":0,"_label_probability":0.5,"_labelIndex":7,"c":{"_multi":[{"f":1}]}}',
  "no actions": '{"_label_cost":0,"c":{"_multi":[]}}',
  "nesting without end": `{"c":{"x":${"[".repeat(40)}${"]".repeat(40)},"_multi":[{"f":1}]}}`,
  "a key named like a prototype": '{"c":{"x":{"__proto__":1},"_multi":[{"f":1}]}}',
  "a time far ahead": '{"Timestamp":"2999-01-01T00:00:00Z","c":{"_multi":[{"f":1}]}}',
});

const text = (action: string) => `shared |u a\n${action} |x b\n|x c`;
formatConformance(
  vw,
  [
    {
      id: "d 1",
      context: { user: { name: "Tom|x:y=z", age: 3 } },
      items: [{ id: "i'1", features: { ns: { f: 0.5 } } }],
      slots: [{ itemIndex: 0, propensity: 0.25, reward: -2 }],
    },
    nameless,
    {
      context: { s: { f: 1 } },
      items: [{ features: { x: { a: 3 } } }, { features: { x: { a: 2 } } }],
      slots: [{ itemIndex: 1, propensity: 0.5, reward: 3, features: { y: { b: 1 } }, order: [1, 0], pmf: [0.5, 0.5] }],
    },
  ],
  {
    "a propensity of 0": text("0:1:0"),
    "a negative propensity": text("0:1:-0.5"),
    "a propensity above 1": text("0:1:2"),
    "a propensity that is no number": text("0:1:nan"),
    "an infinite cost": text("0:inf:0.5"),
    "an infinite feature": "shared |u a:inf\n|x b",
    "two labels": "shared |u a\n0:1:0.5 |x b\n0:1:0.5 |x c",
    "no actions": "shared |u a",
  },
);

const row: LoggedDecision = {
  id: "d1",
  at: 1_574_553_793_442,
  context: { user_feature_0: "cef3390e", age: 31.5 },
  items: [
    { id: "0", features: { affinity: 0 } },
    { id: "1", features: { affinity: 1.5 } },
  ],
  slots: [{ itemIndex: 1, propensity: 0.25, reward: 1, position: 3 }],
};
const obpRow = (item: string, click: string, propensity: string) =>
  `7,2019-11-24 00:03:13+00:00,${item},1,${click},${propensity},d,x,2,0,0`;
formatConformance(obp, [row, { ...row, id: 'a "quoted", id', slots: [{ ...row.slots[0], reward: 0 }] }], {
  "a row with too few cells": "1,2,3",
  "a propensity of 0": obpRow("1", "0", "0"),
  "a propensity above 1": obpRow("1", "0", "1.1"),
  "a propensity that is no number": obpRow("1", "0", "nan"),
  "a click that is no number": obpRow("1", "inf", "0.5"),
  "no item": obpRow("", "0", "0.5"),
});

const event = (rest: string) => `{"event":"ranking","id":"x",${rest}}`;
formatConformance(
  metarank,
  [
    one,
    {
      ...one,
      id: "d2",
      slots: [
        { itemIndex: 0, reward: 1 },
        { itemIndex: 1, reward: 0 },
      ],
    },
  ],
  {
    "a line that is no JSON": "{",
    "an event of another kind": '{"event":"party","id":"x","timestamp":1}',
    "no items": event('"timestamp":1,"items":[]'),
    "a time that is none": event('"timestamp":"soon","items":[{"id":"a"}]'),
  },
);

formatConformance(jsonl, [one, nameless, many, { ...row, user: "u1", session: "s" }], {
  "a line that is no JSON": "[1,2",
  "a line of a later version": '{"brigand":2,"items":[{"id":"a"}]}',
  "a propensity above 1": '{"brigand":1,"context":{},"items":[{"id":"a"}],"slots":[{"itemIndex":0,"propensity":1.01}]}',
  "an item shown twice": '{"brigand":1,"context":{},"items":[{"id":"a"}],"slots":[{"itemIndex":0},{"itemIndex":0}]}',
  "an infinite reward": '{"brigand":1,"context":{},"items":[{"id":"a"}],"slots":[{"itemIndex":0,"reward":1e999}]}',
});

describe("telling formats apart", () => {
  it("passes over a bad first line", () => {
    expect(formatOf(["}{", '{"event":"item","id":"a"}']).name).toBe("metarank");
  });

  it("refuses what is like none, naming the known ones", () => {
    expect(() => formatOf(["<html>"])).toThrow(expect.objectContaining({ code: "CB_FORMAT_UNKNOWN" }));
    expect(() => formatOf([])).toThrow(expect.objectContaining({ code: "CB_FORMAT_UNKNOWN" }));
  });
});
