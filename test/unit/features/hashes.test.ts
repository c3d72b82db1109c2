import { describe, expect, test } from "vitest";
import type { Features } from "../../../src/core/domain.ts";
import { Discovery } from "../../../src/core/features/discover.ts";
import { encode } from "../../../src/core/features/encode.ts";
import { hashOf, hashOfKey, isHash } from "../../../src/core/features/hashes.ts";
import { murmur3 } from "../../../src/core/math/murmur3.ts";
import { privateColumns } from "../../../src/core/privacy/columns.ts";
import { Policy } from "./harness.ts";

const HASHES = ["hash:context.reader:0", "hash:context.likes:0", "hash:context.likes:1", "item.hash", "itemhash:tag:0"];

function hashed(requests: (i: number) => Features, n = 400): string[] {
  const policy = new Policy();
  for (let i = 0; i < 40; i++) policy.declare(`item${i}`, { tag: `tag ${i % 5}` });
  const discovery = new Discovery(500);
  for (let i = 0; i < n; i++) policy.schema.append(discovery.observe(policy, { context: requests(i) }));
  return policy.schema.columns.filter(isHash);
}

describe("columns of hashes", () => {
  test("hold 24 bits of murmur3 of name and value, 0 where there is none", () => {
    const policy = new Policy();
    policy.declare("a", { tag: ["x", "y"] });
    policy.schema.append(HASHES);
    const context = { reader: "Ann", likes: ["sea", "sun", "sky"] };
    const items = [{ id: "a" }, { id: "b" }];
    const { dense, columns } = encode(policy, { context, items, inputPosition: [0, 1], at: 0 });
    const first = policy.schema.columns.indexOf(HASHES[0]);
    const rows = [0, columns].map((from) => [...dense.subarray(from + first, from + first + HASHES.length)]);
    const asked = [hashOf("context.reader", "Ann"), hashOf("context.likes", "sea"), hashOf("context.likes", "sun")];
    expect(rows).toEqual([
      [...asked, hashOf("", "a"), hashOf("tag", "x")],
      [...asked, hashOf("", "b"), 0],
    ]);
    expect(hashOf("tag", "x")).toBe(murmur3("tag=x", 1) >>> 8);
    expect(Math.fround(2 ** 24 - 1)).toBe(2 ** 24 - 1);
  });

  test("take features that the request itself declares of an item", () => {
    const policy = new Policy();
    policy.declare("a", { tag: "x" });
    policy.declare("b", { tag: "y" });
    policy.schema.append(HASHES);
    const items = [{ id: "a", features: { tag: "y" } }];
    const { dense } = encode(policy, { items, inputPosition: [0], at: 0 });
    expect(dense[policy.schema.columns.indexOf("itemhash:tag:0")]).toBe(hashOf("tag", "y"));
  });

  test("come with a request's string of many values of which some come again, and bring those of the item", () => {
    expect(hashed((i) => ({ reader: `reader ${(i * 7) % 90}` }))).toEqual([
      "hash:context.reader:0",
      "item.hash",
      "itemhash:tag:0",
    ]);
  });

  test("do not come of few values, nor of values that never come again, however many", () => {
    expect(hashed((i) => ({ device: `device ${i % 5}` }))).toEqual([]);
    expect(hashed((i) => ({ request: `request ${i}` }), 3_000)).toEqual([]);
  });

  test("have a place for each value of a list, three at most, and six in all for a request", () => {
    const likes = (i: number) => Array.from({ length: 9 }, (_, k) => `like ${(i * 13 + k * 7) % 80}`);
    const columns = hashed((i) => ({ a: likes(i), b: likes(i + 1), c: likes(i + 2) }));
    expect(columns.filter((name) => name.startsWith("hash:"))).toEqual(
      ["a", "b"].flatMap((name) => [0, 1, 2].map((k) => `hash:context.${name}:${k}`)),
    );
  });

  test("are the requester's own but for the item's", () => {
    const names = [...HASHES, "hash:user.club:0"];
    expect([...privateColumns(names, [])]).toEqual([0, 1, 2, 5]);
    expect([...privateColumns(names, ["likes"])]).toEqual([0, 5]);
  });
});

test("a hash is the same whether it is kept, has no place to be kept any more, or is too long to be", () => {
  for (let turn = 0; turn < 2; turn++) {
    for (let i = 0; i < 20_000; i++) {
      const key = `context.k=${"long".repeat(i % 20)}${i}`;
      if (hashOfKey(key) !== (murmur3(key, 1) >>> 8 || 1)) throw new Error(`${key} has another hash`);
    }
  }
  expect(hashOf("context.k", "0")).toBe(hashOfKey("context.k=0"));
});
