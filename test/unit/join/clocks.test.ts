import { describe, expect, test } from "vitest";
import { Clocks, clockOf, LIVE, SILENT_MS } from "../../../src/core/join/clocks.ts";
import { type Operation, OperationKind } from "../../../src/core/join/operations.ts";
import { type DecisionRecord, type LogRecord, RecordKind } from "../../../src/core/log/records.ts";
import { defaultBounds, Pipeline } from "../../../src/core/pipeline.ts";
import { defaultSettings } from "../../../src/core/settings/policy.ts";
import { memoryStore } from "../../../training/evaluate/memoryStore.ts";

const heartbeat = (at: number): LogRecord => ({ kind: RecordKind.heartbeat, at });
const end: LogRecord = { kind: RecordKind.end, at: 0 };

function decision(id: string, at: number): DecisionRecord {
  const served = { served: "model", variant: "stable", modelVersion: 1, deferred: false, unit: "decision" } as const;
  const draw = { explorer: "greedy", parameters: {}, floor: 0, nonce: "", seed: "", passProbability: 1, full: false };
  const scores = { score: new Float32Array(1), uncertainty: new Float32Array(1), shown: new Float32Array(11) };
  const list = { items: ["a"], slots: [0], propensity: [1], columns: 11, consent: [] };
  return {
    kind: RecordKind.decision,
    v: 1,
    workspace: "w",
    policy: "p",
    ...served,
    ...draw,
    ...list,
    ...scores,
    id,
    at,
  };
}

function ranking(id: string, at: number): LogRecord {
  return { kind: RecordKind.ranking, id, items: [{ id: "a" }], at };
}

function pipelineWith() {
  const operations: Operation[] = [];
  const store = memoryStore((operation) => operations.push(operation));
  const pipeline = new Pipeline({ settings: defaultSettings, bounds: defaultBounds, store });
  const done = (kind: number) =>
    operations.flatMap((operation) => (operation.kind === kind && "decision" in operation ? [operation.decision] : []));
  return { pipeline, closed: () => done(OperationKind.close), learned: () => done(OperationKind.learn) };
}

describe("the clock of live streams", () => {
  test("is the lowest of their times", () => {
    const clocks = new Clocks();
    expect(clocks.advance("server-1", 1000)).toBe(1000);
    expect(clocks.advance("server-2", 1500)).toBe(1000);
    expect(clocks.advance("server-1", 1400)).toBe(1400);
    expect(clocks.advance("server-1", 1600)).toBe(1500);
  });

  test("does not go back when a stream's time does", () => {
    const clocks = new Clocks();
    clocks.advance("server-1", 1000);
    expect(clocks.advance("server-1", 900)).toBe(1000);
  });

  test("waits SILENT_MS for a stream that fell silent, and no longer", () => {
    const clocks = new Clocks();
    clocks.advance("dead", 1000);
    expect(clocks.advance("server", 1000 + SILENT_MS)).toBe(1000);
    expect(clocks.advance("server", 1001 + SILENT_MS)).toBe(1001 + SILENT_MS);
  });

  test("waits for nobody that has ended", () => {
    const clocks = new Clocks();
    clocks.advance("done", 1000);
    clocks.end("done");
    expect(clocks.advance("server", 2000)).toBe(2000);
  });

  test("goes on from its saved state", () => {
    const clocks = new Clocks();
    clocks.advance("a", 1000);
    clocks.advance("b", 1200);
    const again = new Clocks();
    again.load(clocks.save());
    expect(again.advance("b", 1300)).toBe(clocks.advance("b", 1300));
  });

  test("is not that of an import", () => {
    expect(clockOf("server-1")).toBe(LIVE);
    expect(clockOf("import-7")).toBe("import-7");
    const clocks = new Clocks();
    clocks.advance("server", 1_000_000);
    expect(clocks.advance("import-7", 5)).toBe(5);
    expect(clocks.advance("server", 1_000_100)).toBe(1_000_100);
  });
});

describe("imports beside live traffic", () => {
  const NOW = 1_700_000_000_000;

  test("old or future event times of an import never settle or close a live decision", () => {
    const { pipeline, closed, learned } = pipelineWith();
    pipeline.apply(decision("live", NOW), NOW, "server-1");
    for (const at of [1000, 2_000_000, 4_000_000, NOW + 90 * 86_400_000])
      pipeline.apply(ranking(`import${at}`, at), at, "import-1");
    expect(learned()).toEqual(["import1000", "import2000000", "import4000000"]);
    pipeline.apply(end, NOW, "import-1");
    expect(closed()).not.toContain("live");
    pipeline.apply(heartbeat(NOW + 1999), NOW + 1999, "server-1");
    expect(learned()).not.toContain("live");
    pipeline.apply(heartbeat(NOW + 2000), NOW + 2000, "server-1");
    expect(learned()).toContain("live");
  });

  test("live time never settles or closes what an import has not passed by its own", () => {
    const { pipeline, closed, learned } = pipelineWith();
    pipeline.apply(ranking("imported", 1000), 1000, "import-1");
    pipeline.apply(heartbeat(NOW), NOW, "server-1");
    pipeline.apply(heartbeat(NOW + 86_400_000), NOW + 86_400_000, "server-1");
    expect(learned()).toEqual([]);
    pipeline.apply(heartbeat(3000), 3000, "import-1");
    expect(learned()).toEqual(["imported"]);
    expect(closed()).toEqual([]);
    pipeline.apply(end, 3000, "import-1");
    expect(closed()).toEqual(["imported"]);
  });

  test("two imports do not move each other", () => {
    const { pipeline, learned } = pipelineWith();
    pipeline.apply(ranking("one", 1000), 1000, "import-1");
    pipeline.apply(ranking("two", 9_000_000), 9_000_000, "import-2");
    expect(learned()).toEqual([]);
  });
});

test("a dead stream without an end holds decisions back for SILENT_MS only", () => {
  const { pipeline, learned } = pipelineWith();
  pipeline.apply(heartbeat(10_000), 10_000, "dead");
  pipeline.apply(decision("d", 10_000), 10_000, "server");
  pipeline.apply(heartbeat(12_000), 12_000, "server");
  expect(learned()).toEqual([]);
  pipeline.apply(heartbeat(12_001), 12_001, "server");
  expect(learned()).toEqual(["d"]);
});
