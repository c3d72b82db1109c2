/** From scores to a distribution, slot by slot, without replacement. */

/** Scores of the eligible candidates of one request exactly as logged (float32), by itemIndex. */
export interface Scores {
  /** Model mean. */
  readonly score: Float32Array;
  /** s: square root of the model's variance, ≥ 0. */
  readonly uncertainty: Float32Array;
}

/** The law of the next slot given what is taken; made once a request. */
export interface SlotLaw {
  /**
   * Writes the explorer's pmf of the next slot over all n candidates into `out` (0 where taken; sums to 1 ± 1e-12
   * over the rest). The floor is not mixed in: only `draw.ts` does that.
   * @param taken n flags, 1 = already placed. @param left number of zeros in `taken`, ≥ 1.
   */
  pmf(taken: Uint8Array, left: number, out: Float64Array): void;
}

export interface Explorer {
  /** Name in settings and log. */
  readonly name: string;
  /** Every parameter with its default; settings may override by name. */
  readonly defaults: { readonly [parameter: string]: number };
  /** Whether the floor of the policy is mixed in. */
  readonly takesFloor: boolean;
  law(scores: Scores, parameters: { readonly [parameter: string]: number }): SlotLaw;
}
