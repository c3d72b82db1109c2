/**
 * Which variant a unit gets: a pure function of the salt, the unit and the weights, so it is sticky, the same in every
 * process, and needs no memory. Weighted rendezvous: each variant hashes the unit to u in (0, 1), and the smallest
 * −ln(u)/weight wins; these are exponential clocks of rate `weight`, so variant v wins with probability weight_v / Σ
 * weights (docs/adr/0009-variants.md).
 *
 * Changing the weight of one variant, adding one or taking one away moves exactly the units that its share gains or
 * loses. When several shares change by δ in all (total variation), at most 2δ/(1+δ) of the units move; no rule without
 * memory does better (Bavarian et al. 2016, arXiv 1602.05119).
 */
import { murmur3 } from "../math/murmur3.ts";

/** How units are split. Names are unique; weights ≥ 0, their sum > 0. */
export interface Split {
  readonly salt: string;
  readonly variants: readonly { readonly name: string; readonly weight: number }[];
}

/** Index of the unit's variant. Cost: a hash of the unit for each variant, about 0.2 µs. */
export type Assign = (unit: string) => number;

const TWO_32 = 2 ** 32;

/** The rule of a split, prepared once. The place of a variant in the list has no influence, but for exact ties. */
export function assignmentOf({ salt, variants }: Split): Assign {
  const clocks = variants.map(({ name, weight }) => ({ seed: murmur3(`${salt}\u0000${name}`, 0), weight }));
  return (unit) => {
    let first = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < clocks.length; i++) {
      const { seed, weight } = clocks[i];
      if (weight === 0) continue;
      const time = -Math.log((murmur3(unit, seed) + 0.5) / TWO_32) / weight;
      if (time < least) {
        least = time;
        first = i;
      }
    }
    return first;
  };
}

/** Expected share of each variant; sums to 1. */
export function sharesOf({ variants }: Pick<Split, "variants">): readonly number[] {
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  return variants.map(({ weight }) => weight / total);
}
