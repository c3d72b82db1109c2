import { describe, expect, test } from "vitest";
import { MEMORY_ROWS } from "../../../src/core/features/memory.ts";
import { Policy } from "./harness.ts";

const map = (rate: number) => Math.asinh(50 * rate);
const HOUR = 3_600_000;

describe("position", () => {
  test("is the logarithm of the caller's place", () => {
    const rows = new Policy().rows(["a", "b", "c"], { inputPosition: [6, 0, 2] });
    expect(rows.map(({ position }) => position)).toEqual([3, 1, 2]);
  });
});

describe("rates of items", () => {
  /** a: 30 shown, 6 answered; b: 10 shown, 1 answered; c: never. Mean: 7 / 41. */
  function policy(): Policy {
    const policy = new Policy();
    for (let i = 0; i < 30; i++) policy.show(i < 10 ? { a: 0, b: 0 } : { a: 0 });
    for (let i = 0; i < 6; i++) policy.answer("a", { decision: `a${i}`, at: (i + 1) * HOUR });
    policy.answer("b", { decision: "b", at: HOUR });
    return policy;
  }
  const mean = 7 / 41;

  test("are smoothed by ten rows at the mean", () => {
    const [a, b, c] = policy().rows(["a", "b", "c"]);
    expect(a["item.rate"]).toBeCloseTo(map((6 + 10 * mean) / 40), 5);
    expect(b["item.rate"]).toBeCloseTo(map((1 + 10 * mean) / 20), 5);
    expect(c["item.rate"]).toBeCloseTo(map(mean), 5);
  });

  test("come with counts of what was shown, for the model also bare", () => {
    const p = policy();
    expect(p.rows(["a", "c"]).map((row) => row["item.count"])).toEqual([Math.fround(Math.log1p(30)), 0]);
    expect([...p.encode([{ id: "a" }, { id: "c" }]).counts]).toEqual([30, 0]);
  });

  test("of the last rows forget by a hundredth a row", () => {
    const [a, , c] = policy().rows(["a", "b", "c"]);
    const n = (1 - 0.99 ** 30) / 0.01;
    const rate = (6 + 10 * mean) / 40;
    expect(a["item.recent"]).toBeCloseTo(map((6 + 10 * rate) / (n + 10)), 5);
    expect(c["item.recent"]).toBeCloseTo(map(mean), 5);
  });

  test("come with the hours since the last positive, a year when there is none", () => {
    const [a, b, c] = policy().rows(["a", "b", "c"], { at: 9 * HOUR });
    expect(a["item.recency"]).toBeCloseTo(Math.log1p(3), 5);
    expect(b["item.recency"]).toBeCloseTo(Math.log1p(8), 5);
    expect(c["item.recency"]).toBeCloseTo(Math.log1p(24 * 365), 4);
    const [early] = policy().rows(["a"], { at: 0 });
    expect(early["item.recency"]).toBe(0);
  });

  test("fall back when a row turns out not to have been seen", () => {
    const p = policy();
    const before = p.rows(["a", "b"]);
    p.show({ a: 0 });
    p.answer("a", { decision: "d30", at: HOUR });
    p.unsee("a", { decision: "d30", before: 1 });
    const after = p.rows(["a", "b"]);
    for (const column of ["item.rate", "item.count"])
      expect(after.map((row) => row[column])).toEqual(before.map((row) => row[column]));
  });

  test("relative to the list are less its mean, by its spread; all alike is 0", () => {
    const rows = policy().rows(["a", "b", "c"]);
    const rates = rows.map((row) => row["item.rate"]);
    const centre = rates.reduce((sum, rate) => sum + rate, 0) / 3;
    const sd = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - centre) ** 2, 0) / 3);
    rows.forEach((row, i) => void expect(row["item.rate|z"]).toBeCloseTo((rates[i] - centre) / sd, 4));
    expect(
      policy()
        .rows(["x", "y"])
        .map((row) => row["item.rate|z"]),
    ).toEqual([0, 0]);
    expect(policy().rows(["a"])[0]["item.rate|z"]).toBe(0);
  });
});

describe("what the user saw before", () => {
  test("counts answers and passed-over rows of the very item, at most three", () => {
    const p = new Policy();
    for (let i = 0; i < 5; i++) p.show({ a: 1, b: 0 }, { subject: "u" });
    p.show({ c: 1 }, { subject: "u" });
    const rows = p.rows(["a", "b", "c", "x"], { subject: "u" });
    expect(rows.map((row) => [row["seen.positive"], row["seen.passed"]])).toEqual([
      [3, 0],
      [0, 3],
      [1, 0],
      [0, 0],
    ]);
    expect(p.rows(["a"], { subject: "v" })[0]["seen.positive"]).toBe(0);
    expect(p.rows(["a"])[0]["seen.positive"]).toBe(0);
  });

  test("a positive after passed over replaces it, and counts before the row settles too", () => {
    const p = new Policy();
    p.answer("a", { decision: "1", subject: "u" });
    expect(p.rows(["a"], { subject: "u" })[0]).toMatchObject({ "seen.positive": 1, "seen.passed": 0 });
    p.show({ a: 1, b: 0 }, { decision: "1", subject: "u" });
    expect(p.rows(["a", "b"], { subject: "u" })[1]).toMatchObject({ "seen.positive": 0, "seen.passed": 1 });
    p.answer("b", { decision: "1", subject: "u" });
    expect(p.rows(["a", "b"], { subject: "u" }).map((row) => [row["seen.positive"], row["seen.passed"]])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(p.features.users.get("u")?.n).toBe(2);
  });

  test("a row not seen after all is forgotten", () => {
    const p = new Policy();
    p.show({ a: 0, b: 0 }, { decision: "1", subject: "u" });
    p.unsee("a", { decision: "1", subject: "u" });
    expect(p.rows(["a", "b"], { subject: "u" }).map((row) => row["seen.passed"])).toEqual([0, 1]);
  });

  test("is the last rows only", () => {
    const p = new Policy();
    p.show({ first: 1 }, { subject: "u" });
    for (let i = 0; i < MEMORY_ROWS; i++) p.show({ [`item${i}`]: 0 }, { subject: "u" });
    const [first, second, last] = p.rows(["first", "item0", `item${MEMORY_ROWS - 1}`], { subject: "u" });
    expect([first["seen.positive"], second["seen.passed"], last["seen.passed"]]).toEqual([0, 1, 1]);
    expect(p.features.users.get("u")?.n).toBe(MEMORY_ROWS);
  });
});

describe("declared numbers", () => {
  test("are asinh of the value; a missing one is at the mean of the catalogue", () => {
    const p = new Policy(["number:price"]);
    p.declare("a", { price: 10 });
    p.declare("b", { price: -3 });
    p.declare("c", {});
    const rows = p.rows(["a", "b"]);
    expect(rows.map((row) => row["number:price"])).toEqual([Math.fround(Math.asinh(10)), Math.fround(Math.asinh(-3))]);
    expect(p.rows(["c", "unknown"])[0]["number:price"]).toBeCloseTo((Math.asinh(10) + Math.asinh(-3)) / 2, 5);
  });

  test("of the request win over stored ones by name, for this request only", () => {
    const p = new Policy(["number:price", "number:size"]);
    p.declare("a", { price: 10, size: 2 });
    const [given] = p.rows([{ id: "a", features: { price: 5 } }]);
    expect(given).toMatchObject({
      "number:price": Math.fround(Math.asinh(5)),
      "number:size": Math.fround(Math.asinh(2)),
    });
    expect(p.rows(["a"])[0]["number:price"]).toBe(Math.fround(Math.asinh(10)));
  });

  test("of later events replace and add by name", () => {
    const p = new Policy(["number:price", "number:size"]);
    p.declare("a", { price: 10 });
    p.declare("a", { size: 2 });
    p.declare("a", { price: 1 });
    expect(p.rows(["a"])[0]).toMatchObject({
      "number:price": Math.fround(Math.asinh(1)),
      "number:size": Math.fround(Math.asinh(2)),
    });
  });
});
