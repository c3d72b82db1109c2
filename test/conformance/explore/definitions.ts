/**
 * The laws written a second time, directly from their definitions and slowly, sharing no code with src: plain arrays,
 * plain loops. `pmf(i, left)` of each: the probability that item i of `left` comes next.
 */

import type { Law } from "../../../src/core/explore/draw.ts";
import type { Parameters, Scores } from "../../../src/core/explore/explorer.ts";
import { largestOfNormals, normalBelow } from "./largestOfNormals.ts";
import { farReference } from "./referenceWords.ts";

export type Definition = (
  scores: Scores,
  parameters: Parameters,
  left: readonly number[],
  seed?: string,
) => readonly number[];

/** Equal shares for all that nobody beats. */
function bestOf(value: (i: number) => number, left: readonly number[]): number[] {
  const best = left.map((i) => left.every((j) => value(j) <= value(i)));
  const ties = best.filter(Boolean).length;
  return best.map((is) => (is ? 1 / ties : 0));
}

const normals = new Map<string, number[]>();

/** The first `count` standard normals of a seed, by bisection of Φ. */
function normalsOf(seed: string, count: number): readonly number[] {
  const known = normals.get(seed) ?? [];
  if (known.length < count) {
    const next = farReference(seed);
    normals.set(
      seed,
      Array.from({ length: count }, () => quantileOf(Number(next() >> 11n) / 2 ** 53)),
    );
  }
  return normals.get(seed) ?? known;
}

function quantileOf(p: number): number {
  let low = -9;
  let high = 9;
  while (high - low > 1e-13) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export const definitions: { readonly [explorer: string]: Definition } = {
  plackettLuce({ score, uncertainty }, { kappa, theta, tauMin }, left) {
    const u = Array.from(score, (m, i) => m + kappa * uncertainty[i]);
    const leaders = Array.from(u.keys()).filter((i) => u[i] === Math.max(...u));
    const tau = Math.max(theta * Math.max(...leaders.map((i) => uncertainty[i])), tauMin);
    return left.map((i) => 1 / left.map((j) => Math.exp((u[j] - u[i]) / tau)).reduce((a, b) => a + b, 0));
  },
  thompson({ score, uncertainty }, { width, sdMin }, left) {
    const s = left.map((i) => Math.max(width * uncertainty[i], sdMin));
    return largestOfNormals(
      left.map((i) => score[i]),
      s,
    );
  },
  bag({ score, uncertainty }, { bags, width }, left, seed = "") {
    const z = normalsOf(seed, bags * score.length);
    const votes = Array.from({ length: bags }, (_, b) =>
      bestOf((i) => score[i] + width * uncertainty[i] * z[b * score.length + i], left),
    );
    return left.map((_, place) => votes.map((vote) => vote[place]).reduce((a, b) => a + b, 0) / bags);
  },
  privatePlackettLuce({ score, publicScore = score }, { range, residual, step, scoreGrid, bits }, left) {
    const cells = Array.from(publicScore, (x) => Math.round(x / scoreGrid));
    const weight = cells.map((cell, i) => {
      const half = (residual / 2) * scoreGrid;
      const own = Math.max(-half, Math.min(half, score[i] - publicScore[i])) + half;
      const below = Math.min(range, Math.max(...cells) - cell) + residual - Math.round(own / scoreGrid);
      return Math.round(2 ** bits * Math.E ** (-step * below));
    });
    const sum = left.map((i) => weight[i]).reduce((a, b) => a + b, 0);
    return left.map((i) => weight[i] / sum);
  },
  epsilonGreedy({ score }, { explorationRate }, left) {
    return bestOf((i) => score[i], left).map((p) => (1 - explorationRate) * p + explorationRate / left.length);
  },
  squareCb({ score, uncertainty }, { gamma, sharpness }, left) {
    const leaders = Array.from(score.keys()).filter((i) => score[i] === Math.max(...score));
    const s = Math.max(...leaders.map((i) => uncertainty[i]));
    const steepness = s > 0 ? Math.max(gamma, (sharpness * score.length) / s) : gamma;
    const gap = left.map((i) => Math.max(...left.map((j) => score[j])) - score[i]);
    const best = gap.filter((g) => g === 0).length;
    const others = gap.filter((g) => g > 0).map((g) => 1 / (left.length + steepness * g));
    const rest = 1 - others.reduce((a, b) => a + b, 0);
    return gap.map((g) => (g > 0 ? 1 / (left.length + steepness * g) : rest / best));
  },
  regCbOpt({ score, uncertainty }, { mellowness, rewardMax }, left) {
    const radius = Math.sqrt(mellowness * Math.log(score.length));
    return bestOf((i) => Math.min(rewardMax, score[i] + radius * uncertainty[i]), left);
  },
  ucb({ score, uncertainty }, { width }, left) {
    return bestOf((i) => score[i] + width * uncertainty[i], left);
  },
  greedy({ score }, _parameters, left) {
    return bestOf((i) => score[i], left);
  },
  uniform(_scores, _parameters, left) {
    return left.map(() => 1 / left.length);
  },
};

/** The definition with the floor: (1 − m·f)·pmf + f over the m items left, for all n items. */
export function flooredPmf(
  definition: Definition,
  law: Pick<Law, "scores" | "parameters" | "floor" | "seed">,
  earlier: readonly number[],
): number[] {
  const n = law.scores.score.length;
  const left = Array.from({ length: n }, (_, i) => i).filter((i) => !earlier.includes(i));
  const pmf = definition(law.scores, law.parameters, left, law.seed);
  const out = new Array<number>(n).fill(0);
  left.forEach((item, place) => {
    out[item] = (1 - left.length * law.floor) * pmf[place] + law.floor;
  });
  return out;
}

/** Every ordered list of k from n items. */
export function listsOf(n: number, k: number): number[][] {
  if (k === 0) return [[]];
  return listsOf(n, k - 1).flatMap((list) =>
    Array.from({ length: n }, (_, i) => i)
      .filter((i) => !list.includes(i))
      .map((i) => [...list, i]),
  );
}
