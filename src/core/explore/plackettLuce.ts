/**
 * Plackett–Luce with optimism and a temperature that follows the model's own doubt (the default).
 *
 *   uᵢ = scoreᵢ + kappa · sᵢ          τ = max(theta · s of the leader, tauMin)
 *   P(next = i | left) = exp(uᵢ/τ) / Σ_left exp(uⱼ/τ)
 *
 * The leader has the largest u; among equal leaders the largest s counts. It explores as much as the model is unsure
 * and stops when it is sure; conditionals and joint are in closed form, marginals by `marginals.ts`.
 *
 * `tauMin` only keeps the division finite where s is 0 (a pushed model without variance): 1e-6 is far below any
 * difference of rewards that matters and above float32 rounding of scores around 1. With such a model, set it to the
 * fixed temperature wanted.
 *
 * Precondition: every score and s is finite and s ≥ 0 (the caller refuses anything else). They are float32, so u and
 * u/τ stay far inside float64. A weight that underflows is exact as 0 beside its leader; when all that is left has
 * underflowed, the weights are taken relative to the best left. Which base is used depends on `taken` alone, so the
 * pmf is a pure function of it.
 */
import { float64s } from "../math/slab.ts";
import type { Explorer, Parameters, Scores, SlotLaw } from "./explorer.ts";

/** Below this total the weights left lose digits (subnormals start at 2e-308) and are taken anew. */
const REBASE_BELOW = 1e-200;

export const plackettLuce: Explorer = {
  name: "plackettLuce",
  defaults: { kappa: 0.75, theta: 0.2, tauMin: 1e-6 },
  ranges: { kappa: [0, 1000], theta: [0, 1000], tauMin: [1e-12, 1e12] },
  takesFloor: true,
  law: lawOf,
};

/** The law's natural parameters (uᵢ − largest u)/τ, n numbers ≤ 0, as `marginals.ts` wants them. */
export function plackettLuceLogits(scores: Scores, parameters: Parameters): Float64Array {
  const { largest, tau } = scaleOf(scores, parameters);
  return Float64Array.from(scores.score, (_, i) => (utility(scores, i, parameters.kappa) - largest) / tau);
}

function utility({ score, uncertainty }: Scores, i: number, kappa: number): number {
  return score[i] + kappa * uncertainty[i];
}

function scaleOf(scores: Scores, { kappa, theta, tauMin }: Parameters): { largest: number; tau: number } {
  let largest = Number.NEGATIVE_INFINITY;
  let width = 0;
  for (let i = 0; i < scores.score.length; i++) {
    const u = utility(scores, i, kappa);
    const s = scores.uncertainty[i];
    if (u > largest || (u === largest && s > width)) {
      largest = u;
      width = s;
    }
  }
  return { largest, tau: Math.max(theta * width, tauMin) };
}

function lawOf(scores: Scores, parameters: Parameters): SlotLaw {
  const { kappa } = parameters;
  const { largest, tau } = scaleOf(scores, parameters);
  const n = scores.score.length;
  const weight = float64s(n);
  for (let i = 0; i < n; i++) weight[i] = weightOf((utility(scores, i, kappa) - largest) / tau);
  return {
    weigh(taken, _left, out) {
      let total = 0;
      for (let i = 0; i < n; i++) {
        const w = taken[i] === 0 ? weight[i] : 0;
        out[i] = w;
        total += w;
      }
      return total < REBASE_BELOW ? weighFromBestLeft(scores, { kappa, tau }, taken, out) : total;
    },
  };
}

/** The same law with weights relative to the best item left: no digit is lost however far the taken ones led. */
function weighFromBestLeft(
  scores: Scores,
  { kappa, tau }: { readonly kappa: number; readonly tau: number },
  taken: Uint8Array,
  out: Float64Array,
): number {
  const n = scores.score.length;
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    if (taken[i] === 0) best = Math.max(best, utility(scores, i, kappa));
  }
  let total = 0;
  for (let i = 0; i < n; i++) {
    out[i] = taken[i] === 0 ? weightOf((utility(scores, i, kappa) - best) / tau) : 0;
    total += out[i];
  }
  return total;
}

/** exp(x) for x ≤ 0; exactly 0 where exp would be subnormal or 0. */
function weightOf(x: number): number {
  return x < -708 ? 0 : Math.exp(x);
}
