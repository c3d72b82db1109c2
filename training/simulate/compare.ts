/** Brigand with one explorer or several beside the yardsticks, over seeds, each seed a world of its own. */
import { bestFixed, oracle, uniform } from "../../src/core/simulator/rankers.ts";
import { type Earned, simulate } from "../../src/core/simulator/run.ts";
import { createWorld, type World, type WorldOptions } from "../../src/core/simulator/world.ts";
import { EngineRanker } from "./engine.ts";

export interface CompareOptions {
  /** Decisions a seed. */
  readonly steps: number;
  /** Number of worlds. */
  readonly seeds: number;
  /** Text that the worlds and draws are derived from. */
  readonly seed: string;
  /** Step at which the world changes; absent: never. */
  readonly driftAt?: number;
  readonly delayMs?: number;
  /** Names of explorers, distinct; the first one is what the report is about. */
  readonly explorers: readonly string[];
  /** Whether the first explorer plays a second time with everything that forgets switched off. */
  readonly unforgetting?: boolean;
  /** Further options of the worlds. */
  readonly world?: Omit<WorldOptions, "seed" | "driftAt" | "delayMs">;
  /** Called after each decision with how many are done, of steps × seeds. */
  readonly onStep?: (done: number) => void;
}

/** Name in the tables of Brigand with an explorer. */
export function engineName(explorer: string): string {
  return `brigand ${explorer}`;
}

/** The same with everything that forgets switched off. */
export function unforgettingName(explorer: string): string {
  return `${engineName(explorer)}, forgetting nothing`;
}

/** Results by seed, each with the engines first, in the order of `explorers`. Cost: about 0.15 ms a decision and explorer. */
export async function compare(options: CompareOptions): Promise<Earned[][]> {
  const { steps, seeds, explorers, onStep } = options;
  const runs: Earned[][] = [];
  for (let index = 0; index < seeds; index++) {
    const seed = `${options.seed}-${index + 1}`;
    const world = createWorld({ ...options.world, seed, driftAt: options.driftAt, delayMs: options.delayMs });
    const rankers = [
      ...explorers.map((explorer) => new EngineRanker(world, { name: engineName(explorer), seed, explorer })),
      ...(options.unforgetting === true ? [unforgetting(world, { explorer: explorers[0], seed })] : []),
      oracle(world),
      bestFixed(world, { steps }),
      uniform(seed),
    ];
    runs.push(await simulate({ world, steps, rankers, onStep: (t) => onStep?.(index * steps + t + 1) }));
  }
  return runs;
}

function unforgetting(world: World, { explorer, seed }: { explorer: string; seed: string }): EngineRanker {
  return new EngineRanker(world, { name: unforgettingName(explorer), seed, explorer, forgets: false });
}
