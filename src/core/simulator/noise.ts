/**
 * Randomness by place instead of by order: the value at (stream, a, b) is fixed by the seed alone, so any part of a
 * world can be asked for at any time and policies are compared on the same randomness.
 * Mixing: MurmurHash3's finaliser over 32-bit words. For simulation only; nothing secret or served is drawn from it.
 */

/** Numbers at a place; a and b are integers in [0, 2^32). */
export interface Noise {
  /** Uniform in (0, 1), on a grid of 2^-32. */
  uniform(stream: string, a: number, b?: number): number;
  /** Standard normal by Box–Muller. */
  normal(stream: string, a: number, b?: number): number;
  /** Uniform integer in [0, n); n ≤ 2^20 keeps its bias below 2^-12 of a share. */
  below(stream: string, place: { readonly a: number; readonly b?: number; readonly n: number }): number;
}

/** @param seed any text; worlds differ by its 32-bit hash. */
export function createNoise(seed: string): Noise {
  const root = hashText(seed);
  const streams = new Map<string, number>();
  const streamOf = (name: string): number => {
    let state = streams.get(name);
    if (state === undefined) {
      state = mix(root, hashText(name));
      streams.set(name, state);
    }
    return state;
  };
  const uniform = (stream: string, a: number, b = 0): number => (mix(mix(streamOf(stream), a), b) + 0.5) / 2 ** 32;
  return {
    uniform,
    normal: (stream, a, b = 0) => {
      const radius = Math.sqrt(-2 * Math.log(uniform(stream, a, b)));
      return radius * Math.cos(2 * Math.PI * uniform(`${stream}/angle`, a, b));
    },
    below: (stream, { a, b = 0, n }) => Math.floor(uniform(stream, a, b) * n),
  };
}

/** A permutation of 0 … n−1 (Fisher–Yates) fixed by seed, stream and a. */
export function permutation(
  noise: Noise,
  { stream, a, n }: { readonly stream: string; readonly a: number; readonly n: number },
): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = noise.below(stream, { a, b: i, n: i + 1 });
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** FNV-1a over UTF-16 code units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash >>> 0, text.length);
}

function mix(state: number, word: number): number {
  let h = (state ^ Math.imul(word + 1, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
