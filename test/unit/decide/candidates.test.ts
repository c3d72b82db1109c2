import { describe, expect, it } from "vitest";
import { callersOrder, candidatesOf } from "../../../src/core/decide/candidates.ts";
import { items } from "../server/fakes.ts";

const request = { policy: "home", items: items(5) };

describe("candidates", () => {
  it("are the caller's own array when nothing is left out", () => {
    const candidates = candidatesOf(request, {});
    expect(candidates.items).toBe(request.items);
    expect(candidates).toMatchObject({ whole: true, slots: 5, ids: ["a0", "a1", "a2", "a3", "a4"] });
  });

  it("keep the caller's places when some are left out, by exclusion or by a rule", () => {
    const candidates = candidatesOf({ ...request, exclude: ["a1"] }, { eligible: ({ id }) => id !== "a3" });
    expect(candidates.ids).toEqual(["a0", "a2", "a4"]);
    expect(Array.from(candidates.inputPosition)).toEqual([0, 2, 4]);
    expect(candidates.whole).toBe(false);
  });

  it("fill the slots asked for, else the policy's, else ten, and never more than there are", () => {
    const many = { policy: "home", items: items(30) };
    expect(candidatesOf(many, {}).slots).toBe(10);
    expect(candidatesOf(many, { slots: 12 }).slots).toBe(12);
    expect(candidatesOf({ ...many, slots: 3 }, { slots: 12 }).slots).toBe(3);
    expect(candidatesOf({ ...request, slots: 100 }, {}).slots).toBe(5);
  });
});

describe("the caller's order", () => {
  const orderOf = (more: object) => Array.from(callersOrder(candidatesOf({ ...request, ...more }, {})));

  it("is the order of the request with the baseline first", () => {
    expect(orderOf({})).toEqual([0, 1, 2, 3, 4]);
    expect(orderOf({ baseline: "a2" })).toEqual([2, 0, 1, 3, 4]);
    expect(orderOf({ baseline: "a2", slots: 2 })).toEqual([2, 0]);
  });

  it("keeps pins at their places", () => {
    const pins = [
      { id: "a0", position: 3 },
      { id: "a4", position: 1 },
    ];
    expect(orderOf({ pins, baseline: "a3" })).toEqual([4, 3, 0, 1, 2]);
    expect(orderOf({ pins: [{ id: "a3", position: 2 }], baseline: "a3" })).toEqual([0, 3, 1, 2, 4]);
  });
});
