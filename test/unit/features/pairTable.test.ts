import fc from "fast-check";
import { expect, test } from "vitest";
import { Asked, itemKey, PairTable, tokenKey } from "../../../src/core/features/pairTable.ts";

const pair = fc.record({
  segment: fc.nat({ max: 40 }),
  key: fc.oneof(fc.nat({ max: 40 }).map(itemKey), fc.nat({ max: 2_000_000 }).map(tokenKey)),
  sum: fc.integer({ min: -9, max: 9 }),
});

test("a table tells of every pair what a map tells, in order of first sight, saved and loaded too", () => {
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 2_000, size: "max" }), (pairs) => {
      const table = new PairTable();
      const map = new Map<string, { n: number; sum: number; recent: number }>();
      for (const { segment, key, sum } of pairs) {
        const found = table.find(segment, key);
        const at = found >= 0 ? found : table.append(segment, key);
        table.add(at, 1, sum);
        table.addRecent(at, { n: 1, sum, keep: 0.5 });
        const name = `${segment} ${key}`;
        const known = map.get(name) ?? { n: 0, sum: 0, recent: 0 };
        map.set(name, { n: known.n + 1, sum: known.sum + sum, recent: known.recent / 2 + sum });
      }
      const loaded = new PairTable();
      loaded.load(table.save());
      for (const one of [table, loaded]) {
        expect(one.size).toBe(map.size);
        for (const [name, { n, sum, recent }] of map) {
          const [segment, key] = name.split(" ").map(Number);
          const at = one.find(segment, key);
          expect([one.n(at), one.sum(at), one.recentSum(at)]).toEqual([n, sum, recent]);
        }
        const { keys } = one.save();
        expect([...map.keys()]).toEqual(Array.from(map, (_, k) => `${keys[2 * k]} ${keys[2 * k + 1]}`));
        expect(one.find(41, itemKey(0))).toBe(-1);
      }
      expect(loaded.save()).toEqual(table.save());
    }),
    { numRuns: 50 },
  );
});

test("pairs asked for at once are found where each is found alone, more of them than there was room for at first", () => {
  fc.assert(
    fc.property(
      fc.array(pair, { maxLength: 1_500, size: "max" }),
      fc.array(pair, { maxLength: 300 }),
      (kept, others) => {
        const table = new PairTable();
        for (const { segment, key } of kept) if (table.find(segment, key) < 0) table.append(segment, key);
        const asked = new Asked();
        for (const { segment, key } of [...kept, ...others]) asked.add(segment, key);
        table.findAll(asked);
        const alone = [...kept, ...others].map(({ segment, key }) => table.find(segment, key));
        expect([...asked.pairs.subarray(0, asked.n)]).toEqual(alone);
      },
    ),
    { numRuns: 50 },
  );
});
