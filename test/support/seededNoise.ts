/** Words of a seed in the form of the noise port: for tests that must repeat. The product has nothing of the kind. */
import { uniformOf } from "../../src/core/math/random.ts";
import { NOISE_BYTES_A_SLOT, type NoiseWords, wordsOf } from "../../src/core/privacy/words.ts";

export class SeededNoise {
  private readonly uniform: () => number;

  /** @param seed 64 hex digits */
  constructor(seed: string) {
    this.uniform = uniformOf(seed);
  }

  words(slots: number): NoiseWords {
    let hex = "";
    for (let i = 0; i < slots * NOISE_BYTES_A_SLOT; i++) {
      hex += Math.floor(this.uniform() * 256)
        .toString(16)
        .padStart(2, "0");
    }
    return wordsOf(hex);
  }
}

/** Hex of six words for each of the slots. */
export function hexOf(words: readonly number[]): string {
  return words.map((word) => word.toString(16).padStart(14, "0")).join("");
}
