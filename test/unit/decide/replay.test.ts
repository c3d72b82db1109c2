import { expect, it } from "vitest";
import type { Candidates } from "../../../src/core/decide/candidates.ts";
import { drawn } from "../../../src/core/decide/choose.ts";
import { drawsOf } from "../../../src/core/decide/drawsOf.ts";
import { lineOf } from "../../../src/core/decide/line.ts";
import { replayOf } from "../../../src/core/decide/replay.ts";
import { explorers } from "../../../src/core/explore/explorers.ts";
import { decodeRecord, encodeRecord } from "../../../src/core/log/codec.ts";
import { type DecisionRecord, RecordKind } from "../../../src/core/log/records.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { withDefaults } from "../../../src/core/settings/policy.ts";
import { armsOf } from "../../../src/core/variants/arms.ts";
import { scoresLike, seedNamed, shapes } from "../../conformance/explore/cases.ts";

const names = explorers.filter((explorer) => explorer.private !== true).map(({ name }) => name);
const N = 12;

/** The line of one decision of an explorer, through the bytes of the log. */
function logged(explorer: string, decision: number): DecisionRecord {
  const [arm] = armsOf("home", withDefaults({ exploration: { name: explorer, parameters: {} } }));
  const items = Array.from({ length: N }, (_, i) => ({ id: `item-${i}` }));
  const ids = items.map(({ id }) => id);
  const pins = decision % 2 === 0 ? undefined : [{ itemIndex: 3, position: 2 }];
  const candidates: Candidates = { items, ids, inputPosition: ids.map((_, i) => i), whole: true, slots: 6, pins };
  const seed = seedNamed(`${explorer} ${decision}`);
  const scores = scoresLike(shapes[decision % shapes.length], N, uniformOf(seedNamed(`scores ${decision}`)));
  const policy = { name: "home" };
  const asked = {
    request: { policy: "home", items },
    policy,
    arm,
    candidates,
    people: { unit: "decision" },
    at: 0,
  } as const;
  const record = lineOf({
    asked,
    scored: { modelVersion: 1, scores },
    chosen: drawn(arm, candidates, { scores, seed }),
    id: `decision-${decision}`,
    workspace: "default",
    nonce: "00",
    seed,
    passProbability: 0,
    full: false,
  });
  const frame = { position: 0, next: 1, kind: record.kind, time: 0, payload: encodeRecord(record) };
  const read = decodeRecord(frame);
  if (read.kind !== RecordKind.decision) throw new Error("another record came back");
  return read;
}

it.each(names)("decisions of %s repeat bit for bit from their log lines, pins and stretches included", (explorer) => {
  for (let decision = 0; decision < 60; decision++) {
    const record = logged(explorer, decision);
    const { same, pmf } = replayOf(record);
    expect(same).toBe(true);
    drawsOf(record, pmf).forEach((stretch, slot) => {
      if (stretch === undefined) return;
      expect(stretch.uniform).toBeGreaterThanOrEqual(stretch.from - 1e-12);
      expect(stretch.uniform).toBeLessThan(stretch.to + 1e-12);
      expect(Math.abs(stretch.to - stretch.from - record.propensity[slot])).toBeLessThan(1e-12);
    });
  }
});
