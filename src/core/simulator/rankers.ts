/** Yardsticks: rankers that know the truth, know its average, or know nothing. None of them learns. */

import { createNoise, permutation } from "./noise.ts";
import type { Ranker } from "./run.ts";
import type { World } from "./world.ts";

/** Shows the list of largest true expectation: nobody can do better. */
export function oracle(world: World): Ranker {
  return { name: "oracle", rank: (step) => world.best(step), learn: () => undefined };
}

/** Shows everybody the candidates by true average value over the horizon: the best that no learning about people can do. */
export function bestFixed(world: World, { steps }: { readonly steps: number }): Ranker {
  const rank = new Map(world.bestFixed({ steps }).map((id, place) => [id, place]));
  return {
    name: "best fixed",
    rank: (step) => step.items.map(({ id }) => id).sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0)),
    learn: () => undefined,
  };
}

/** Shows a uniformly random order, its own for each step. */
export function uniform(seed: string): Ranker {
  const noise = createNoise(seed);
  return {
    name: "uniform",
    rank: (step) =>
      permutation(noise, { stream: "order", a: step.index, n: step.items.length }).map((i) => step.items[i].id),
    learn: () => undefined,
  };
}
