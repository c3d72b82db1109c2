/**
 * What forgetting is worth when the simulator's best items change half way: the product as it is, and the same with
 * everything that forgets switched off, in one world on the same luck; and the product where nothing changes, which is
 * what no forgetting can be better than.
 */
import type { LawOptions } from "../../src/core/simulator/law.ts";
import { oracle } from "../../src/core/simulator/rankers.ts";
import { type Earned, simulate } from "../../src/core/simulator/run.ts";
import { createWorld } from "../../src/core/simulator/world.ts";
import { EngineRanker } from "./engine.ts";

/** Where items differ more than people do, so that the change moves the best items of nearly everybody. */
export const ITEMS_LAW: Partial<LawOptions> = { quality: 1, taste: 0.3, segmentTaste: 0.3 };

/** Clicks behind the oracle in the second half of a world, in true expectations. */
export interface DriftRegret {
  readonly forgetting: number;
  readonly without: number;
  /** With forgetting, where nothing changes; and in the first half, which is the same in both. */
  readonly unchanged: number;
  readonly firstHalf: number;
  /** Without forgetting where nothing changes: what forgetting costs when it is not needed. */
  readonly unchangedWithout: number;
}

/** @param steps decisions, an even number. Cost: about 0.7 ms a decision and learner, of which there are four. */
export async function driftRegret(
  seed: string,
  { steps, law }: { readonly steps: number; readonly law?: Partial<LawOptions> },
): Promise<DriftRegret> {
  const play = async (driftAt?: number) => {
    const world = createWorld({ seed, law, driftAt });
    const forgetting = new EngineRanker(world, { name: "forgetting", seed });
    const without = new EngineRanker(world, { name: "without", seed, forgets: false });
    return simulate({ world, steps, rankers: [forgetting, without, oracle(world)] });
  };
  const [changed, unchanged] = [await play(steps / 2), await play()];
  const second = { from: steps / 2, to: steps };
  return {
    forgetting: regret(changed[0], changed[2], second),
    without: regret(changed[1], changed[2], second),
    unchanged: regret(unchanged[0], unchanged[2], second),
    firstHalf: regret(changed[0], changed[2], { from: 0, to: steps / 2 }),
    unchangedWithout: regret(unchanged[1], unchanged[2], second),
  };
}

function regret(earned: Earned, best: Earned, { from, to }: { from: number; to: number }): number {
  let sum = 0;
  for (let t = from; t < to; t++) sum += best.expected[t] - earned.expected[t];
  return sum;
}
