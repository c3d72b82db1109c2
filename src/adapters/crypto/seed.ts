/**
 * Where the randomness of a draw comes from: seed = HMAC-SHA256(server key, policy ‖ decisionId ‖ nonce). A caller who
 * chooses the decision id cannot choose the draw: the key is secret and the nonce is fresh.
 */
import { type KeyObject, randomFillSync } from "node:crypto";
import { framed } from "./framed.ts";
import { hmacOf } from "./hmac.ts";

const NONCE_BYTES = 16;
const BLOCK_BYTES = 4096;

/**
 * The seed of one decision as 64 hex digits, for `uniformOf`. Pure. Cost: about 1 µs.
 * @param nonce hex, as logged.
 */
export function seedOf(input: {
  readonly key: Buffer | KeyObject;
  readonly policy: string;
  readonly decisionId: string;
  readonly nonce: string;
}): string {
  return hmacOf(input.key)(framed(input.policy, input.decisionId, input.nonce));
}

const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
let used = BLOCK_BYTES;

/**
 * A fresh nonce: 32 hex digits (128 bits) of the operating system's CSPRNG, read 4 KiB at a time. Each byte is used
 * once and is public in the log, so the block needs no erasing.
 */
export function nonce(): string {
  if (used === BLOCK_BYTES) {
    randomFillSync(block);
    used = 0;
  }
  used += NONCE_BYTES;
  return block.toString("hex", used - NONCE_BYTES, used);
}
