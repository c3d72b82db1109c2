/** Public rows depend on nothing of the requester: for the encoder as it is, over histories, contexts and sessions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Features } from "../../../src/core/domain.ts";
import { hidePrivate, populationOf, privateColumns } from "../../../src/core/privacy/columns.ts";
import { Policy } from "../../unit/features/harness.ts";

const COLUMNS = [
  ...[
    "number:price",
    "rate:genre",
    "affinity:genre",
    "affinity:genre|z",
    "residual:genre",
    "residual:genre|z",
    "rate:genre|z",
  ],
  ...[
    "segment:context.device",
    "segment:context.device|z",
    "segment:context.device:genre",
    "recent:context.device:genre",
  ],
  ...["segment:user.plan", "segment:user.plan:genre", "segment:user.plan|z", "segment:context.geo.city"],
  ...["cross:context.hour:price", "cross:user.age:price", "cross:context.geo.lat:price", "embedding:7"],
];
const ITEMS = ["a", "b", "c", "d"];
const SUBJECTS = ["s0", "s1"];
const SEED = 20_261_125;

const features = fc.record({ plan: fc.constantFrom("free", "paid"), age: fc.integer({ min: 0, max: 99 }) });
const hiddenContext = fc.record({
  hour: fc.integer({ min: 0, max: 23 }),
  geo: fc.record({ city: fc.constantFrom("x", "y"), lat: fc.double({ min: -90, max: 90, noNaN: true }) }),
});
const requester = fc.record({
  subject: fc.option(fc.constantFrom(...SUBJECTS), { nil: undefined }),
  user: fc.option(features, { nil: undefined }),
  context: hiddenContext,
});
const answers = fc.array(
  fc.record({
    who: fc.constantFrom(...SUBJECTS),
    item: fc.constantFrom(...ITEMS),
    device: fc.constantFrom("phone", "tv"),
    plan: fc.constantFrom("free", "paid"),
  }),
  { maxLength: 30 },
);

/** A policy whose people have a past, some of it in segments that requests fall into. */
function policyWith(past: readonly { who: string; item: string; device: string; plan: string }[]): Policy {
  const policy = new Policy(COLUMNS);
  ITEMS.forEach((item, i) => policy.declare(item, { price: 3 * i, genre: i % 2 === 0 ? ["war"] : ["war", "love"] }));
  past.forEach(({ who, item, device, plan }, i) => {
    const story = { decision: `d${i}`, subject: who, segments: [`context.device=${device}`, `user.plan=${plan}`] };
    policy.show({ [item]: 1, a: 0 }, story);
    policy.answer(item, story);
  });
  return policy;
}

const hiddenOf = (policy: Policy, publicContext: readonly string[]) =>
  privateColumns(policy.schema.columns, publicContext);

function publicRows(policy: Policy, asked: { subject?: string; user?: Features; context: Features }): Float32Array {
  const { dense, n, columns } = policy.encode(
    ITEMS.map((id) => ({ id })),
    asked,
  );
  const hidden = hiddenOf(policy, ["device"]);
  hidePrivate({ dense, n, columns }, { hidden, constant: populationOf(hidden, [0.5, 0.25]) });
  return dense;
}

describe("the public rows of a request", () => {
  it("are the same bits for any two requesters, whatever their past, features, session and private context", () => {
    fc.assert(
      fc.property(answers, requester, requester, fc.constantFrom("phone", "tv"), (past, one, other, device) => {
        const policy = policyWith(past);
        const rows = [one, other].map((who) => publicRows(policy, { ...who, context: { ...who.context, device } }));
        expect(rows[0]).toEqual(rows[1]);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("keep what public context says, and lose it when the policy does not list it", () => {
    const policy = policyWith([
      { who: "s1", item: "b", device: "phone", plan: "paid" },
      { who: "s1", item: "b", device: "phone", plan: "paid" },
      { who: "s1", item: "c", device: "tv", plan: "free" },
    ]);
    const [phone, tv] = ["phone", "tv"].map((device) => publicRows(policy, { context: { device } }));
    expect(phone).not.toEqual(tv);
  });

  it("hide every column that is not known to be public, and each with its relative form", () => {
    const policy = policyWith([]);
    const named = (publicContext: readonly string[]) =>
      Array.from(hiddenOf(policy, publicContext), (i) => policy.schema.columns[i]);
    const own = [
      "seen.positive",
      "seen.passed",
      "seen.positive|z",
      "seen.passed|z",
      "affinity:genre",
      "affinity:genre|z",
    ];
    const user = [
      "residual:genre",
      "residual:genre|z",
      "segment:user.plan",
      "segment:user.plan:genre",
      "segment:user.plan|z",
      "cross:user.age:price",
    ];
    const device = COLUMNS.filter((name) => name.includes("context.device"));
    const rest = ["segment:context.geo.city", "cross:context.hour:price", "cross:context.geo.lat:price"];
    expect(named(["device", "geo", "hour"]).sort()).toEqual([...own, ...user, "embedding:7"].sort());
    expect(named([]).sort()).toEqual([...own, ...user, ...device, ...rest, "embedding:7"].sort());
    expect(named(["geo.c", "dev", "user.plan"])).toEqual(named([]));
  });
});
