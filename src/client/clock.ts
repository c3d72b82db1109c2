/** The client's own clock and randomness: browsers and Node have the same. */

/** Milliseconds since 1970, by the clock of this machine. */
export function wallMs(): number {
  return Date.now();
}

/** 16 random bytes as hex. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
