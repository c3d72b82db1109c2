import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationMs, durationText } from "../../../src/core/doors/personalizer/duration.ts";
import { personalizerCodes, personalizerError } from "../../../src/core/doors/personalizer/errors.ts";
import {
  addDecision,
  emptyResults,
  evaluationAnswer,
  type TargetResult,
} from "../../../src/core/doors/personalizer/evaluation.ts";
import { mergedFeatures } from "../../../src/core/doors/personalizer/features.ts";
import { explorationOf, learningSettingsOf } from "../../../src/core/doors/personalizer/learningSettings.ts";
import { slotRequest } from "../../../src/core/doors/personalizer/multislotBody.ts";
import { serviceConfigurationOf, settingsBy } from "../../../src/core/doors/personalizer/serviceConfiguration.ts";
import { BrigandError, type ErrorCode, errorTable } from "../../../src/core/errors.ts";
import { explorerOf } from "../../../src/core/explore/explorers.ts";
import { defaultSettings, withDefaults } from "../../../src/core/settings/policy.ts";

describe("features in a list of objects", () => {
  it("become one object: objects of a key are merged, other values of a key become a list", () => {
    const merged = mergedFeatures(
      [{ user: { plan: "free" }, tag: "a" }, { user: { age: 3 }, tag: "b" }, { hour: 4 }],
      "f",
    );
    expect(merged).toEqual({ user: { plan: "free", age: 3 }, tag: ["a", "b"], hour: 4 });
    expect(mergedFeatures([{}, {}], "f")).toBeUndefined();
    expect(mergedFeatures(null, "f")).toBeUndefined();
  });

  it("are refused where they are no objects, or named like prototypes", () => {
    expect(() => mergedFeatures([{ a: 1 }, null], "f")).toThrow("f[1] must be an object of features");
    expect(() => mergedFeatures([{ a: 1 }, JSON.parse('{"__proto__": {"b": 1}}')], "f")).toThrow("prototypes");
    expect(() => mergedFeatures({ a: 1 }, "f")).toThrow("f must be an array");
  });
});

describe("durations", () => {
  it("read as the service wrote them", () => {
    const known = {
      PT10M: 600_000,
      PT5S: 5000,
      P2D: 172_800_000,
      PT1H30M: 5_400_000,
      P1DT1S: 86_401_000,
      "PT0.5S": 500,
    };
    for (const [text, ms] of Object.entries(known)) {
      expect(durationMs(text, "d")).toBe(ms);
      expect(durationText(ms)).toBe(text);
    }
    for (const bad of ["", "P", "PT", "10M", "PT10", "P1Y", 600, null, "PT-1S"])
      expect(() => durationMs(bad, "d")).toThrow("ISO 8601");
  });

  it("read back as they were written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7 * 86_400_000 }), (ms) => durationMs(durationText(ms), "d") === ms),
    );
  });
});

describe("the service configuration", () => {
  const installation = { retrainIntervalMs: 1000 };

  it("changes nothing when what was read is written back, whatever the settings", () => {
    for (const given of [{}, { mode: "apprentice" as const }, { exploration: { name: "thompson", parameters: {} } }]) {
      const settings = withDefaults(given);
      const written = withDefaults(settingsBy(serviceConfigurationOf(settings, installation), { given, settings }));
      expect(written).toEqual(settings);
    }
  });

  it("explores by epsilon-greedy with another share", () => {
    const body = { ...serviceConfigurationOf(defaultSettings, installation), explorationPercentage: 0.3 };
    const { exploration } = settingsBy(body, { given: {}, settings: defaultSettings });
    expect(exploration).toEqual({ name: "epsilonGreedy", parameters: { explorationRate: 0.3 }, floor: 0 });
  });

  it("is refused out of its ranges", () => {
    const good = serviceConfigurationOf(defaultSettings, installation);
    const bad = [
      { rewardWaitTime: "PT4S" },
      { rewardWaitTime: "P3D" },
      { defaultReward: 2 },
      { rewardAggregation: "product" },
      { explorationPercentage: -0.1 },
      { learningMode: "Offline" },
    ];
    for (const one of bad) {
      const change = () => settingsBy({ ...good, ...one }, { given: {}, settings: defaultSettings });
      expect(change, JSON.stringify(one)).toThrow(BrigandError);
    }
  });
});

describe("learning settings", () => {
  it("name the exploration of every explorer so that it comes back", () => {
    for (const name of ["plackettLuce", "thompson", "bag", "squareCb", "regCbOpt", "ucb", "privatePlackettLuce"]) {
      expect(explorationOf(learningSettingsOf({ name, parameters: {} })).name).toBe(name);
    }
    expect(explorationOf({ name: "x", arguments: "--cb_explore_adf --epsilon=0.25 -q ::" })).toMatchObject({
      name: "epsilonGreedy",
      parameters: { explorationRate: 0.25 },
    });
    expect(explorerOf(explorationOf({ name: "x", arguments: "--cb_explore_adf" }).name).name).toBe("plackettLuce");
  });

  it("are refused where they explore in a way that is not served", () => {
    const by = (text: string) => () => explorationOf({ name: "x", arguments: text });
    expect(by("--cb_explore_adf --cover 3")).toThrow("--cover");
    expect(by("--cb_explore_adf --epsilon")).toThrow("followed by a number");
    expect(by("--sgd")).toThrow("--cb_explore_adf");
  });
});

describe("a slot's ranking request", () => {
  it("begins with its baseline, names the slot in the context, and leaves out what was taken", () => {
    const items = [{ id: "a" }, { id: "b" }, { id: "c" }];
    const slots = ["b", "a"].map((baseline, i) => ({ id: `s${i}`, exclude: new Set<string>(), baseline }));
    const event = { request: { policy: "p", context: { slot: { wide: 1 } }, items }, slots };
    const first = slotRequest(event, 0, { eventId: "e", taken: new Set() });
    expect(first).toMatchObject({ decisionId: "e:0", slots: 1, exclude: [], context: { slot: { wide: 1, id: "s0" } } });
    expect(first.items.map(({ id }) => id)).toEqual(["b", "a", "c"]);
    const second = slotRequest(event, 1, { eventId: "e", taken: new Set(["a"]) });
    expect(second).toMatchObject({ decisionId: "e:1", exclude: ["a"] });
  });
});

describe("an offline evaluation", () => {
  it("sums inverse propensities as they are by hand, of decisions that the model drew alone", () => {
    const drawn = (slot: number, propensity: number) =>
      ({ served: "model", items: ["a", "b", "c", "d"], slots: [slot], propensity: [propensity] }) as const;
    let results: readonly TargetResult[] = emptyResults;
    results = addDecision(results, drawn(0, 0.5), 1);
    results = addDecision(results, drawn(2, 0.1), 0.5);
    results = addDecision(results, drawn(0, 0.8), 0);
    results = addDecision(results, { ...drawn(0, 1), served: "baseline" }, 1);
    results = addDecision(results, drawn(0, 0.5), undefined);
    const [online, baseline, random] = results;
    expect(online).toMatchObject({ n: 3, weight: 3, weighted: 1.5, nonZero: 2 });
    expect(baseline).toMatchObject({ n: 3, weight: 1 / 0.5 + 1 / 0.8, weighted: 2, nonZero: 1 });
    expect(random.weighted).toBeCloseTo((0.25 / 0.5) * 1 + (0.25 / 0.1) * 0.5, 12);
    const contract = { name: "x", from: 0, to: 3_600_000 };
    const answer = evaluationAnswer({ ...contract, id: "i", status: "completed", created: 5, results });
    expect(answer).toMatchObject({
      startTime: "1970-01-01T00:00:00.000Z",
      policyResults: [
        { name: "Online", totalSummary: { averageReward: 0.5, aggregateTimeWindow: "PT3600S" } },
        { name: "Baseline", totalSummary: { ipsEstimatorNumerator: 2, ipsEstimatorDenominator: 3 } },
        { name: "Random" },
      ],
    });
  });
});

describe("errors in the service's words", () => {
  it("have for every code of ours a known name and its status", () => {
    for (const code of Object.keys(errorTable) as ErrorCode[]) {
      const error = new BrigandError(code);
      const { status, body } = personalizerError(error, { ofCall: "InvalidRankRequest", requestId: "r" });
      const statuses: { readonly [name: string]: number } = personalizerCodes;
      expect(statuses[body.error.code] ?? Number(body.error.code), code).toBe(status);
      expect(status >= 500, code).toBe(error.status >= 500);
      expect(body.error.innerError).toEqual({ code, requestId: "r" });
    }
  });
});
