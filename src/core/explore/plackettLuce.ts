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
import type { Explorer, Scores, SlotLaw } from "./explorer.ts";
import { FROM_ZERO, inRange } from "./explorer-parameters.ts";

/** Below this total the weights left lose digits (subnormals start at 2e-308) and are taken anew. */
const REBASE_BELOW = 1e-200;

export const plackettLuce: Explorer = {
  name: "plackettLuce",
  defaults: { kappa: 0.75, theta: 0.2, tauMin: 1e-6 },
  takesFloor: true,
  law(scores, parameters) {
    const { logit, top } = plackettLuceLogits(scores, parameters);
    return lawOf(logit, top);
  },
};

/**
 * (uᵢ − largest u)/τ for the n items, all ≤ 0, `top` being the index of a largest: the law's natural parameters.
 * @throws CB_EXPLORER_PARAMETER_INVALID
 */
export function plackettLuceLogits(
  scores: Scores,
  parameters: { readonly [parameter: string]: number },
): { readonly logit: Float64Array; readonly top: number } {
  const { score, uncertainty } = scores;
  const kappa = inRange("kappa", parameters.kappa, FROM_ZERO);
  const theta = inRange("theta", parameters.theta, FROM_ZERO);
  const tauMin = inRange("tauMin", parameters.tauMin, { min: 1e-12, max: Number.MAX_VALUE });
  const n = score.length;
  const logit = new Float64Array(n);
  let top = 0;
  for (let i = 0; i < n; i++) {
    const u = score[i] + kappa * uncertainty[i];
    logit[i] = u;
    if (u > logit[top] || (u === logit[top] && uncertainty[i] > uncertainty[top])) top = i;
  }
  const largest = logit[top];
  const tau = Math.max(theta * uncertainty[top], tauMin);
  for (let i = 0; i < n; i++) logit[i] = (logit[i] - largest) / tau;
  return { logit, top };
}

function lawOf(logit: Float64Array, top: number): SlotLaw {
  const n = logit.length;
  const weight = new Float64Array(n);
  for (let i = 0; i < n; i++) weight[i] = weightOf(logit[i] - logit[top]);
  return {
    pmf(taken, _left, out) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const w = taken[i] === 0 ? weight[i] : 0;
        out[i] = w;
        sum += w;
      }
      if (sum < REBASE_BELOW) sum = rebase(logit, taken, out);
      for (let i = 0; i < n; i++) out[i] /= sum;
    },
  };
}

/** Writes the weights relative to the best item left into `out`; returns their sum, ≥ 1. */
function rebase(logit: Float64Array, taken: Uint8Array, out: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logit.length; i++) {
    if (taken[i] === 0 && logit[i] > largest) largest = logit[i];
  }
  let sum = 0;
  for (let i = 0; i < logit.length; i++) {
    if (taken[i] !== 0) continue;
    out[i] = weightOf(logit[i] - largest);
    sum += out[i];
  }
  return sum;
}

/** exp(x) for x ≤ 0; exactly 0 where exp would be subnormal or 0. */
function weightOf(x: number): number {
  return x < -708 ? 0 : Math.exp(x);
}
