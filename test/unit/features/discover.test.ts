import { describe, expect, test } from "vitest";
import type { Features } from "../../../src/core/domain.ts";
import { CROSSES_MAX, Discovery, SEGMENTS_MAX } from "../../../src/core/features/discover.ts";
import { Policy } from "./harness.ts";

/** Columns that the catalogue and 100 requests deserve. */
function proposed(
  items: readonly Features[],
  request: (i: number) => { context?: Features; user?: Features },
  columnsMax = 500,
): string[] {
  const policy = new Policy();
  items.forEach((features, i) => void policy.declare(`item${i}`, features));
  const discovery = new Discovery(columnsMax);
  for (let i = 0; i < 100; i++) policy.schema.append(discovery.observe(policy, request(i)));
  return policy.schema.columns.slice(new Policy().schema.columns.length);
}
const nothing = () => ({});
const items = (features: (i: number) => Features) => Array.from({ length: 40 }, (_, i) => features(i));

describe("of items", () => {
  test("numbers and booleans become columns, also nested ones", () => {
    const columns = proposed(
      items((i) => ({ price: i, size: { width: i }, sold: i % 2 === 0 })),
      nothing,
    );
    expect(columns).toEqual(["number:price", "number:size.width", "number:sold"]);
  });

  test("strings and lists of strings that recur become rates and affinities, absolute and relative", () => {
    const columns = proposed(
      items((i) => ({ genre: [`g${i % 3}`] })),
      nothing,
    );
    const kinds = ["rate:genre", "affinity:genre", "residual:genre"];
    expect(columns).toEqual(kinds.flatMap((name) => [name, `${name}|z`]));
  });

  test("strings that never recur, and free text, do not", () => {
    expect(
      proposed(
        items((i) => ({ title: `title ${i}`, text: "x".repeat(65) })),
        nothing,
      ),
    ).toEqual([]);
  });

  test("numbers that hardly an item has do not", () => {
    expect(
      proposed(
        items((i): Features => (i === 0 ? { odd: 1 } : {})),
        nothing,
      ),
    ).toEqual([]);
  });

  test("names with signs of the column language are encoded, names that are no text are left out", () => {
    expect(
      proposed(
        items((i) => ({ "a|z:b%": i })),
        nothing,
      ),
    ).toEqual(["number:a%7Cz%3Ab%25"]);
    expect(
      proposed(
        items((i) => ({ "\ud800": i, tag: ["\udfff", `t${i % 2}`] })),
        nothing,
      )[0],
    ).toBe("rate:tag");
  });
});

describe("of requests", () => {
  test("strings with few values become segments, of items and of their tokens", () => {
    const columns = proposed(
      items((i) => ({ genre: [`g${i % 3}`] })),
      (i) => ({ context: { device: i % 2 === 0 ? "phone" : "tv" } }),
    );
    for (const name of ["segment:context.device", "segment:context.device:genre", "recent:context.device:genre"]) {
      expect(columns).toContain(name);
      expect(columns).toContain(`${name}|z`);
    }
  });

  test("of the user do too, and each value is a column of its own", () => {
    expect(proposed([], (i) => ({ user: { country: `c${i % 4}` } })).sort()).toEqual([
      "request:user.country:c0",
      "request:user.country:c1",
      "request:user.country:c2",
      "request:user.country:c3",
      "segment:user.country",
      "segment:user.country|z",
    ]);
  });

  test("constant strings, unique strings and rare strings do not", () => {
    const request = (i: number) => ({
      context: { constant: "same", unique: `u${i}`, ...(i < 10 ? { rare: `r${i % 2}` } : {}) },
    });
    expect(proposed([], request)).toEqual([]);
  });

  test("numbers that vary are crossed with the numbers of items", () => {
    const columns = proposed(
      items((i) => ({ price: i })),
      (i) => ({ context: { hour: i % 24, year: 2024 } }),
    );
    expect(columns).toEqual(["number:price", "request:context.hour", "cross:context.hour:price"]);
  });
});

describe("bounds", () => {
  test("hold for columns in all, for crosses and for segments", () => {
    const wide = items((i) => Object.fromEntries(Array.from({ length: 30 }, (_, k) => [`n${k}`, i + k])));
    const busy = (i: number) => ({
      context: Object.fromEntries(
        Array.from({ length: 20 }, (_, k) => [k % 2 === 0 ? `n${k}` : `s${k}`, k % 2 === 0 ? i : `v${i % 3}`]),
      ),
    });
    const columns = proposed(wide, busy);
    expect(columns.filter((name) => name.startsWith("cross:"))).toHaveLength(CROSSES_MAX);
    expect(columns.filter((name) => /^segment:[^:]*\|z$/.test(name))).toHaveLength(SEGMENTS_MAX);
    expect(proposed(wide, busy, 31)).toHaveLength(31 - new Policy().schema.columns.length);
  });

  test("proposals are the same for the same requests, and never twice the same column", () => {
    const run = () =>
      proposed(
        items((i) => ({ genre: [`g${i % 3}`], price: i })),
        (i) => ({ context: { device: `d${i % 3}`, hour: i } }),
      );
    expect(run()).toEqual(run());
    expect(new Set(run()).size).toBe(run().length);
  });
});
