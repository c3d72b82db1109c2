/** What is served, from scores and mode: the model's draw, the caller's order, or that order because of a fault. */
import type { Served } from "../domain.ts";
import { BrigandError } from "../errors.ts";
import { defaultFloor, draw } from "../explore/draw.ts";
import type { Scores } from "../explore/explorer.ts";
import type { NoiseRecord } from "../log/records.ts";
import { uniformOf } from "../math/random.ts";
import type { Arm } from "../variants/arms.ts";
import { type Candidates, callersOrder } from "./candidates.ts";

/** Why a list is degraded; a few words for the answer, the log and the metrics. */
export type Fault = "deadline" | "features" | "model" | "scores" | "draw" | "noise";

export interface Chosen {
  readonly served: Served;
  readonly reason?: Fault;
  /** itemIndex by slot. */
  readonly slots: ArrayLike<number>;
  readonly propensity: ArrayLike<number>;
  /** As it acted. */
  readonly floor: number;
  /** Only of private draws. */
  readonly noise?: NoiseRecord;
}

/** The floor that acts: the arm's or 0.01/n, at most 1/n; 0 for explorers that take none. */
export function floorOf(arm: Arm, n: number): number {
  if (!arm.explorer.takesFloor) return 0;
  return Math.min(arm.floor ?? defaultFloor(n), 1 / n);
}

/** The model's draw. Uses one uniform a slot that is not pinned. @throws what `draw` throws, CB_NOISE_MISSING */
export function drawn(arm: Arm, candidates: Candidates, input: { scores: Scores; seed: string }): Chosen {
  if (arm.explorer.private === true) throw new BrigandError("CB_NOISE_MISSING", { came: "a seed came" });
  const floor = floorOf(arm, candidates.items.length);
  const { slots, propensity } = draw({
    scores: input.scores,
    explorer: arm.explorer,
    parameters: arm.parameters,
    floor,
    slots: candidates.slots,
    pins: candidates.pins,
    seed: input.seed,
    uniform: uniformOf(input.seed),
  });
  return { served: "model", slots, propensity, floor };
}

/** The caller's order, propensity 1 at each position; `fault` says why it had to be. */
export function undrawn(candidates: Candidates, fault?: Fault): Chosen {
  const slots = callersOrder(candidates);
  const propensity = new Float64Array(slots.length).fill(1);
  return { served: fault === undefined ? "baseline" : "degraded", reason: fault, slots, propensity, floor: 0 };
}
