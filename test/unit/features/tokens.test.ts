import { describe, expect, test } from "vitest";
import { RESIDUAL_HALF_LIFE, RESIDUAL_PRIOR } from "../../../src/core/features/affinity.ts";
import { Policy } from "./harness.ts";

const map = (rate: number) => Math.asinh(50 * rate);

/** Two dramas and a comedy; idf is taken when the first item comes and then as the catalogue grows. */
function films(columns: readonly string[]): Policy {
  const p = new Policy(columns);
  p.declare("drama1", { genre: ["drama"] });
  p.declare("drama2", { genre: ["drama"] });
  p.declare("comedy", { genre: ["comedy"] });
  p.declare("both", { genre: ["drama", "comedy"] });
  return p;
}

describe("rates of tokens", () => {
  test("are the mean over the item's tokens, smoothed by fifty rows at the mean", () => {
    const p = films(["rate:genre"]);
    for (let i = 0; i < 20; i++) p.show({ drama1: 0 });
    for (let i = 0; i < 5; i++) p.answer("drama1", { decision: `d${i}` });
    const mean = 5 / 21;
    const drama = (5 + 50 * mean) / 70;
    const comedy = mean;
    const rows = p.rows(["drama2", "comedy", "both", "bare"]);
    const expected = [drama, comedy, (drama + comedy) / 2, mean];
    rows.forEach((row, i) => void expect(row["rate:genre"]).toBeCloseTo(map(expected[i]), 5));
  });

  test("stay finite when more rows leave than came", () => {
    const p = films(["rate:genre", "rate:genre|z"]);
    for (let i = 0; i < 50; i++) p.show({ late: 0 }, { decision: `d${i}` });
    p.declare("late", { genre: ["drama"] });
    for (let i = 0; i < 50; i++) p.unsee("late", { decision: `d${i}` });
    expect([...p.encode([{ id: "drama1" }, { id: "comedy" }]).dense].every(Number.isFinite)).toBe(true);
  });
});

describe("affinity", () => {
  test("is the cosine of the item's tokens with those of the user's positives", () => {
    const p = films(["affinity:genre", "residual:genre"]);
    p.show({ drama1: 1 }, { subject: "u" });
    const idf = { drama: Math.log(5 / 4) + 1, comedy: Math.log(5 / 3) + 1 };
    const norm = Math.hypot(idf.drama, idf.comedy);
    const rows = p.rows(["drama2", "comedy", "both", "bare"], { subject: "u" });
    expect(rows[0]["affinity:genre"]).toBeCloseTo(1, 5);
    expect(rows[1]["affinity:genre"]).toBe(0);
    expect(rows[2]["affinity:genre"]).toBeCloseTo(idf.drama / norm, 5);
    expect(rows[3]["affinity:genre"]).toBe(0);
  });

  test("in residual form is the shrunk mean of reward less what was expected, passed-over rows too, newer ones first", () => {
    const p = films(["affinity:genre", "residual:genre"]);
    for (let i = 0; i < 4; i++) p.answer("drama1", { decision: `other${i}` });
    p.show({ drama1: 0, comedy: 0 });
    p.show({ drama1: 1 }, { subject: "u" });
    p.show({ comedy: 0 }, { subject: "u" });
    const memory = p.features.users.get("u");
    const [first, second] = [memory?.expected[0] ?? Number.NaN, memory?.expected[1] ?? Number.NaN];
    const rows = p.rows(["drama2", "comedy"], { subject: "u" });
    expect(first).toBeGreaterThan(0.1);
    expect(second).toBeGreaterThan(0.05);
    const older = 0.5 ** (1 / RESIDUAL_HALF_LIFE);
    expect(rows[0]["residual:genre"]).toBeCloseTo((older * (1 - first)) / (older + RESIDUAL_PRIOR), 6);
    expect(rows[1]["residual:genre"]).toBeCloseTo((0 - second) / (1 + RESIDUAL_PRIOR), 6);
    expect(rows[1]["affinity:genre"]).toBe(0);
  });

  test("expects of a row what the item's rate was before the row", () => {
    const p = films(["residual:genre"]);
    p.show({ drama1: 0, comedy: 0 });
    p.answer("drama1", { decision: "d0" });
    p.show({ drama1: 0 }, { decision: "seen", subject: "u" });
    const mean = 1 / 3;
    expect(p.features.users.get("u")?.expected[0]).toBeCloseTo((1 + 10 * mean) / 11, 5);
  });

  test("goes by the user's own tokens when the request gives the item others", () => {
    const p = films(["affinity:genre"]);
    p.show({ drama1: 1 }, { subject: "u" });
    const items = [
      { id: "comedy", features: { genre: ["drama"] } },
      { id: "comedy2", features: { genre: ["western"] } },
    ];
    expect(p.rows(items, { subject: "u" }).map((row) => row["affinity:genre"])).toEqual([1, 0]);
  });

  test("leaves nothing behind for the next user", () => {
    const p = films(["affinity:genre", "residual:genre"]);
    p.show({ drama1: 1 }, { subject: "u" });
    p.rows(["drama2"], { subject: "u" });
    p.show({ bare: 1 }, { subject: "v" });
    expect(p.rows(["drama2"], { subject: "v" })[0]).toMatchObject({ "affinity:genre": 0, "residual:genre": 0 });
  });
});

describe("segments", () => {
  const columns = ["segment:context.device", "segment:context.device:genre", "recent:context.device:genre"];
  const phone = { segments: ["context.device=phone"] };

  function policy(): Policy {
    const p = films(columns);
    for (let i = 0; i < 40; i++) p.show({ drama1: 0 }, i < 20 ? phone : { segments: ["context.device=tv"] });
    for (let i = 0; i < 10; i++) p.answer("drama1", { decision: `d${i}`, ...phone });
    return p;
  }
  const mean = 10 / 41;
  const overall = (10 + 10 * mean) / 50;

  test("of items are the mapped rate among their requests less the overall one", () => {
    const p = policy();
    const on = (device: string) =>
      p.rows(["drama1", "drama2"], { context: { device } }).map((row) => row["segment:context.device"]);
    expect(on("phone")[0]).toBeCloseTo(map((10 + 10 * overall) / 30) - map(overall), 5);
    expect(on("tv")[0]).toBeCloseTo(map((0 + 10 * overall) / 30) - map(overall), 5);
    expect(on("phone")[1]).toBe(0);
    expect(on("radio")).toEqual([0, 0]);
  });

  test("of tokens reach items that were never shown there", () => {
    const p = policy();
    const token = (10 + 50 * mean) / 90;
    const [, drama2, comedy] = p.rows(["drama1", "drama2", "comedy"], { context: { device: "phone" } });
    expect(drama2["segment:context.device:genre"]).toBeCloseTo(map((10 + 50 * token) / 70) - map(token), 5);
    expect(comedy["segment:context.device:genre"]).toBe(0);
  });

  test("of tokens also go by the last rows alone, which forget by a hundredth a row", () => {
    const p = policy();
    const token = (10 + 50 * mean) / 90;
    const rate = (10 + 50 * token) / 70;
    const n = (1 - 0.99 ** 20) / 0.01;
    const [drama2, comedy] = p.rows(["drama2", "comedy"], { context: { device: "phone" } });
    expect(drama2["recent:context.device:genre"]).toBeCloseTo(map((10 + 10 * rate) / (n + 10)) - map(token), 5);
    expect(comedy["recent:context.device:genre"]).toBe(0);
  });

  test("name what the request was counted under", () => {
    const { segments } = policy().encode([{ id: "a" }], { context: { device: "tv", other: "x", n: 3 } });
    expect(segments).toEqual(["context.device=tv"]);
  });
});

describe("crosses", () => {
  test("are the request's number times the item's", () => {
    const p = new Policy(["cross:context.hour:price", "cross:user.age:price"]);
    p.declare("a", { price: 10 });
    p.declare("b", { other: 1 });
    p.catalogue.users.set("u", { age: 40, hour: 1 });
    const [a, b] = p.rows(["a", "b"], { context: { hour: 3 }, subject: "u" });
    expect(a["cross:context.hour:price"]).toBeCloseTo(Math.asinh(3) * Math.asinh(10), 5);
    expect(a["cross:user.age:price"]).toBeCloseTo(Math.asinh(40) * Math.asinh(10), 5);
    expect(b["cross:context.hour:price"]).toBe(0);
    const [own] = p.rows(["a"], { subject: "u", user: { age: 2 } });
    expect(own["cross:user.age:price"]).toBeCloseTo(Math.asinh(2) * Math.asinh(10), 5);
    expect(own["cross:context.hour:price"]).toBe(0);
  });
});
