/** From scores to a distribution, slot by slot, without replacement. */

/** Scores of the eligible candidates of one request exactly as logged (float32), by itemIndex. */
export interface Scores {
  /** Model mean. */
  readonly score: Float32Array;
  /** s: square root of the model's variance, ≥ 0. */
  readonly uncertainty: Float32Array;
  /** Mean with every private column at its population constant; only where the explorer is private. */
  readonly publicScore?: Float32Array;
}

/** The law of the next slot given what is taken; made once a request. */
export interface SlotLaw {
  /**
   * Writes weights of the next slot over all n candidates into `out`, ≥ 0, exactly 0 where taken, and returns their
   * total, at least 1e-200: the explorer's pmf is out / total (to 1e-12; the one division is left to `draw.ts`, which
   * alone mixes in the floor). A pure function of `taken`.
   * @param taken at least n flags, 1 = already placed. @param left number of zeros among the n, ≥ 1.
   * @param out at least n numbers.
   */
  weigh(taken: Uint8Array, left: number, out: Float64Array): number;
}

/** Parameter values by name: complete and in range where a law is made (`parametersOf`). */
export type Parameters = { readonly [parameter: string]: number };

export interface Explorer {
  /** Name in settings and log. */
  readonly name: string;
  /** Every parameter with its default; settings may override by name. */
  readonly defaults: Parameters;
  /** Least and largest value of every parameter, ends included. */
  readonly ranges: { readonly [parameter: string]: readonly [number, number] };
  /** Whether the floor of the policy is mixed in. */
  readonly takesFloor: boolean;
  /** Largest error of a probability, absolute, where the law is an integral; absent: rounding alone. */
  readonly accuracy?: number;
  /** Its law is itself random: a function of scores and seed, and its propensities are exact given the seed. */
  readonly seeded?: true;
  /** Draws with privacy noise (`core/privacy`), and its answers tell nothing but the list. */
  readonly private?: true;
  /** What is wrong with parameters that are each in their range, or undefined. */
  refuse?(parameters: Parameters): string | undefined;
  /**
   * @param scores finite, uncertainty ≥ 0; read while the law is in use.
   * @param seed of the decision, 64 hex digits; only `seeded` explorers read it. @throws CB_SEED_INVALID
   */
  law(scores: Scores, parameters: Parameters, seed?: string): SlotLaw;
}
