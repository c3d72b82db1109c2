/**
 * Privacy noise: random words of the operating system's CSPRNG and of nothing else.
 * It throws where the system refuses; there is no fallback. Seeded words exist in tests only, as a type of their own.
 */
import { randomFillSync } from "node:crypto";
import { NOISE_BYTES_A_SLOT, type NoiseWords, valuesOf } from "../../core/privacy/words.ts";

const SLOTS_A_BLOCK = 195;
const block = Buffer.allocUnsafeSlow(SLOTS_A_BLOCK * NOISE_BYTES_A_SLOT);
let used = block.length;

/**
 * Fresh words for so many slots, 0 … 195. Read 8 KiB at a time; each byte is used once and then erased.
 * Cost: about 1 µs for ten slots.
 */
export function systemNoise(slots: number): NoiseWords {
  const bytes = slots * NOISE_BYTES_A_SLOT;
  if (used + bytes > block.length) {
    randomFillSync(block);
    used = 0;
  }
  const fresh = block.subarray(used, used + bytes);
  const words = { hex: fresh.toString("hex"), values: valuesOf(fresh) };
  fresh.fill(0);
  used += bytes;
  return words;
}
