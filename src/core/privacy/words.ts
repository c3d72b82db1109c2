/** Random words as they stand in the log: 14 hex digits a word, of which the lower 53 bits count, six words a slot. */
import { BrigandError } from "../errors.ts";

export const WORDS_A_SLOT = 6;
/** Bytes of randomness a slot. */
export const NOISE_BYTES_A_SLOT = 7 * WORDS_A_SLOT;
const DIGITS = 14;
const TWO_32 = 2 ** 32;

/**
 * Whole numbers below 2^53. @param hex digits of whole slots, lower case. @throws CB_NOISE_INVALID
 * Cost: about 2 µs for ten slots.
 */
export function wordsOf(hex: string): Float64Array {
  if (hex.length % (DIGITS * WORDS_A_SLOT) !== 0) throw invalid(hex);
  const words = new Float64Array(hex.length / DIGITS);
  let wrong = 0;
  for (let word = 0, at = 0; word < words.length; word++) {
    let high = 0;
    let low = 0;
    for (const end = at + 6; at < end; at++) {
      const digit = digitOf(hex.charCodeAt(at));
      wrong |= digit & 16;
      high = (high << 4) | digit;
    }
    for (const end = at + 8; at < end; at++) {
      const digit = digitOf(hex.charCodeAt(at));
      wrong |= digit & 16;
      low = (low << 4) | digit;
    }
    words[word] = (high & 0x1fffff) * TWO_32 + (low >>> 0);
  }
  if (wrong !== 0) throw invalid(hex);
  return words;
}

/** 0 … 15, or 16 for what is no digit. */
function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : 16;
}

function invalid(hex: string): BrigandError {
  return new BrigandError("CB_NOISE_INVALID", { came: `${hex.length} characters` });
}
