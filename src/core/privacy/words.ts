/**
 * Random words: 53 bits each, six a slot. In the log a word is 14 hex digits (seven bytes, the upper three bits of
 * which do not count).
 */
import { BrigandError } from "../errors.ts";
import { float64s } from "../math/slab.ts";

export const WORDS_A_SLOT = 6;
const BYTES_A_WORD = 7;
/** Bytes of randomness a slot. */
export const NOISE_BYTES_A_SLOT = BYTES_A_WORD * WORDS_A_SLOT;
const TWO_24 = 2 ** 24;
const TWO_32 = 2 ** 32;

/** The same randomness twice: as it is logged and as it is drawn from. */
export interface NoiseWords {
  /** 84 lower-case hex digits a slot. */
  readonly hex: string;
  /** Whole numbers below 2^53, six a slot, in the order of the digits. */
  readonly values: Float64Array;
}

/** The words that bytes hold. @param bytes of whole slots. Cost: 0.3 µs for ten slots. */
export function valuesOf(bytes: Uint8Array): Float64Array {
  const values = float64s(bytes.length / BYTES_A_WORD);
  for (let word = 0, at = 0; word < values.length; word++, at += BYTES_A_WORD) {
    const high = ((bytes[at] & 0x1f) << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    const low = bytes[at + 3] * TWO_24 + ((bytes[at + 4] << 16) | (bytes[at + 5] << 8) | bytes[at + 6]);
    values[word] = high * TWO_32 + low;
  }
  return values;
}

/** Words of a log line. @throws CB_NOISE_INVALID for anything but lower-case hex digits of whole slots */
export function wordsOf(hex: string): NoiseWords {
  if (hex.length % (2 * NOISE_BYTES_A_SLOT) !== 0 || !/^[0-9a-f]*$/.test(hex)) {
    throw new BrigandError("CB_NOISE_INVALID", { came: `${hex.length} characters` });
  }
  const bytes = Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  return { hex, values: valuesOf(bytes) };
}
