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
   * over the rest). The floor is not mixed in: only `draw.ts` does that. A pure function of `taken`.
   * @param taken n flags, 1 = already placed. @param left number of zeros in `taken`, ≥ 1.
   */
  pmf(taken: Uint8Array, left: number, out: Float64Array): void;
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
  /** @param scores finite, uncertainty ≥ 0; read while the law is in use. */
  law(scores: Scores, parameters: Parameters): SlotLaw;
}
