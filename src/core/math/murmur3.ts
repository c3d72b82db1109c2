/**
 * MurmurHash3, x86, 32 bits (Appleby 2011), of the UTF-8 bytes of a text: the same number in every process and in every
 * language that has the function. Not for secrets. Changing what it returns moves every subject of every experiment.
 */
const utf8 = new TextEncoder();
let bytes = new Uint8Array(1024);

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** 0 … 2^32 − 1. @param seed any 32-bit number. Cost: about 0.1 µs for 30 characters; writes to memory of its own. */
export function murmur3(text: string, seed: number): number {
  const length = encode(text);
  const whole = length & ~3;
  let h = seed | 0;
  for (let i = 0; i < whole; i += 4) {
    h ^= scrambled(bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24));
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = length - 1; i >= whole; i--) tail = (tail << 8) | bytes[i];
  if (length > whole) h ^= scrambled(tail);
  return finished(h ^ length);
}

/** Bytes of the text in `bytes`, their number. Ids are mostly ASCII, and a call of the encoder costs more than a hash. */
function encode(text: string): number {
  const { length } = text;
  if (bytes.length < length * 3) bytes = new Uint8Array(length * 3);
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return utf8.encodeInto(text, bytes).written;
    bytes[i] = unit;
  }
  return length;
}

function scrambled(word: number): number {
  const k = Math.imul(word, C1);
  return Math.imul((k << 15) | (k >>> 17), C2);
}

function finished(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
