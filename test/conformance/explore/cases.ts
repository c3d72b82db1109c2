import { createHash } from "node:crypto";
import type { Scores } from "../../../src/core/explore/explorer.ts";
import type { Uniform } from "../../../src/core/math/random.ts";

/** 64 hex digits that follow from a name: every test names its seed. */
export function seedNamed(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}

export function scoresOf(score: readonly number[], uncertainty: readonly number[]): Scores {
  return { score: Float32Array.from(score), uncertainty: Float32Array.from(uncertainty) };
}

export type Shape = "ordinary" | "tied" | "huge" | "tiny" | "steep" | "sure";
export const shapes: readonly Shape[] = ["ordinary", "tied", "huge", "tiny", "steep", "sure"];

/** Random scores of n items: ordinary ones, ties, float32 extremes, ladders too steep for exp, and s = 0. */
export function scoresLike(shape: Shape, n: number, u: Uniform): Scores {
  const make = (score: () => number, s: () => number): Scores => ({
    score: new Float32Array(n).map(score),
    uncertainty: new Float32Array(n).map(s),
  });
  switch (shape) {
    case "ordinary":
      return make(
        () => u(),
        () => 0.05 + 0.3 * u(),
      );
    case "tied":
      return make(
        () => Math.floor(3 * u()) / 4,
        () => 0.25,
      );
    case "huge":
      return make(
        () => (u() - 0.5) * 6e38,
        () => u() * 3e38,
      );
    case "tiny":
      return make(
        () => u() * 1e-40,
        () => u() * 1e-42,
      );
    case "steep":
      return make(
        () => Math.floor(8 * u()) * 30,
        () => 0.1 + u() * 1e-3,
      );
    case "sure":
      return make(
        () => u(),
        () => 0,
      );
  }
}
