/**
 * Privacy noise: random words of the operating system's CSPRNG and of nothing else, as hex digits (`core/privacy/words.ts`).
 * It throws where the system refuses; there is no fallback. Seeded words exist in tests only, as a type of their own.
 */
import { randomFillSync } from "node:crypto";
import { NOISE_BYTES_A_SLOT } from "../../core/privacy/words.ts";

const SLOTS_A_BLOCK = 195;
const block = Buffer.allocUnsafeSlow(SLOTS_A_BLOCK * NOISE_BYTES_A_SLOT);
let used = block.length;

/**
 * Fresh words for so many slots, 0 … 195: 84 hex digits each. Read 8 KiB at a time; each byte is used once and then
 * erased. Cost: about 1 µs for ten slots.
 */
export function systemNoise(slots: number): string {
  const bytes = slots * NOISE_BYTES_A_SLOT;
  if (used + bytes > block.length) {
    randomFillSync(block);
    used = 0;
  }
  const words = block.toString("hex", used, used + bytes);
  block.fill(0, used, used + bytes);
  used += bytes;
  return words;
}
