/** "Explain this decision": the draw repeated from what its log line holds, bit for bit. */

import { replayDraw } from "../explore/draw.ts";
import type { DecisionRecord, NoiseRecord } from "../log/records.ts";
import { rankPrivately } from "../privacy/rank.ts";
import { wordsOf } from "../privacy/words.ts";

export interface Replay {
  /** itemIndex by slot, recomputed. */
  readonly slots: ArrayLike<number>;
  readonly propensity: ArrayLike<number>;
  /** pmf[slot][itemIndex], the floor included. */
  readonly pmf: readonly Float64Array[];
  /** Whether slots and propensities are those of the line, to the last bit. */
  readonly same: boolean;
}

/** Cost: O(slots · n). Baseline and degraded lists had no draw: their pmf is 1 at the item shown. */
export function replayOf(record: DecisionRecord): Replay {
  if (record.noise !== undefined) return privateReplay(record, record.noise);
  if (record.served !== "model") return certain(record);
  const { slots, propensity, pmf } = replayDraw({
    scores: { score: record.score, uncertainty: record.uncertainty },
    explorer: record.explorer,
    parameters: record.parameters,
    floor: record.floor,
    slots: record.slots.length,
    pins: record.pins,
    seed: record.seed,
  });
  return { slots, propensity, pmf, same: equal(slots, record.slots) && equal(propensity, record.propensity) };
}

/** Whole numbers against whole numbers: list, weights, sums and epsilon must be those of the line. */
function privateReplay(record: DecisionRecord, noise: NoiseRecord): Replay {
  const { score, publicScore = score, parameters, slots, pins } = record;
  const { words, personal } = noise;
  const pmf: Float64Array[] = [];
  const list = rankPrivately(
    { scores: { score, publicScore }, parameters, personal, slots: slots.length, pins, words: wordsOf(words) },
    pmf,
  );
  const same =
    equal(list.slots, slots) &&
    equal(list.propensity, record.propensity) &&
    equal(list.weight, noise.weight) &&
    equal(list.sum, noise.sum) &&
    list.epsilon === noise.epsilon &&
    list.failed === (record.served !== "model");
  return { slots: list.slots, propensity: list.propensity, pmf: list.failed ? certain(record).pmf : pmf, same };
}

function certain(record: DecisionRecord): Replay {
  const pmf = record.slots.map((itemIndex) => {
    const row = new Float64Array(record.items.length);
    row[itemIndex] = 1;
    return row;
  });
  return { slots: record.slots, propensity: record.slots.map(() => 1), pmf, same: true };
}

function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
