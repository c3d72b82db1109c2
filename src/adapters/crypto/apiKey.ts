/**
 * API keys: `bgd_<id>_<secret>`, id 10 letters and digits, secret 256 bits of the operating system's randomness as 43
 * characters of base64url. What is kept is SHA-256 of the whole: nobody guesses 256 random bits, so a slow hash would
 * only slow down every request (ADR 17).
 */
import { createHash, randomBytes } from "node:crypto";
import type { MadeKey } from "../../ports/access.ts";

const ALPHABET = "0123456789abcdefghijklmnopqrstuv";

export function makeApiKey(): MadeKey {
  const id = Array.from(randomBytes(10), (byte) => ALPHABET[byte & 31]).join("");
  const key = `bgd_${id}_${randomBytes(32).toString("base64url")}`;
  return { id, key, hash: hashApiKey(key) };
}

/** Cost: about 1 µs. */
export function hashApiKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
