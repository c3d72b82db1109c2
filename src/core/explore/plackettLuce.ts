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
import type { Explorer, Parameters, Scores, SlotLaw } from "./explorer.ts";

/** Below this total the weights left lose digits (subnormals start at 2e-308) and are taken anew. */
const REBASE_BELOW = 1e-200;

export const plackettLuce: Explorer = {
  name: "plackettLuce",
  defaults: { kappa: 0.75, theta: 0.2, tauMin: 1e-6 },
  ranges: { kappa: [0, 1000], theta: [0, 1000], tauMin: [1e-12, 1e12] },
  takesFloor: true,
  law(scores, parameters) {
    return lawOf(utilitiesOf(scores, parameters));
  },
};

/** The law's natural parameters (uᵢ − largest u)/τ, n numbers ≤ 0, as `marginals.ts` wants them. */
export function plackettLuceLogits(scores: Scores, parameters: Parameters): Float64Array {
  const { utility, largest, tau } = utilitiesOf(scores, parameters);
  return utility.map((u) => (u - largest) / tau);
}

interface Utilities {
  readonly utility: Float64Array;
  readonly largest: number;
  readonly tau: number;
}

function utilitiesOf({ score, uncertainty }: Scores, { kappa, theta, tauMin }: Parameters): Utilities {
  const n = score.length;
  const utility = new Float64Array(n);
  let largest = Number.NEGATIVE_INFINITY;
  let width = 0;
  for (let i = 0; i < n; i++) {
    const u = score[i] + kappa * uncertainty[i];
    utility[i] = u;
    if (u > largest || (u === largest && uncertainty[i] > width)) {
      largest = u;
      width = uncertainty[i];
    }
  }
  return { utility, largest, tau: Math.max(theta * width, tauMin) };
}

function lawOf({ utility, largest, tau }: Utilities): SlotLaw {
  const n = utility.length;
  const weight = new Float64Array(n);
  for (let i = 0; i < n; i++) weight[i] = weightOf((utility[i] - largest) / tau);
  return {
    pmf(taken, _left, out) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const w = taken[i] === 0 ? weight[i] : 0;
        out[i] = w;
        sum += w;
      }
      if (sum < REBASE_BELOW) sum = rebase({ utility, largest, tau }, taken, out);
      for (let i = 0; i < n; i++) out[i] /= sum;
    },
  };
}

/** Writes the weights relative to the best item left into `out`; returns their sum, ≥ 1. */
function rebase({ utility, tau }: Utilities, taken: Uint8Array, out: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < utility.length; i++) {
    if (taken[i] === 0 && utility[i] > largest) largest = utility[i];
  }
  let sum = 0;
  for (let i = 0; i < utility.length; i++) {
    if (taken[i] !== 0) continue;
    out[i] = weightOf((utility[i] - largest) / tau);
    sum += out[i];
  }
  return sum;
}

/** exp(x) for x ≤ 0; exactly 0 where exp would be subnormal or 0. */
function weightOf(x: number): number {
  return x < -708 ? 0 : Math.exp(x);
}
