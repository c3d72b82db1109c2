/**
 * Thompson sampling with its propensity: a slot goes to the item whose draw from N(scoreᵢ, sᵢ²), independent of the
 * others', is the largest left (fresh draws at every slot). Its probability is an integral (`thompsonTable.ts`); the
 * list is drawn from that pmf, so what is logged is the probability of what was drawn.
 *
 *   sᵢ = max(width · uncertaintyᵢ, sdMin)
 *
 * Accuracy: each probability to 1e-10 for up to 1,000 items, absolute; the weights sum to 1 ± 1e-9 before the one
 * division that makes them sum to 1. `sdMin` is a constant of the policy, never of the request: one wide item does not
 * blur the narrow ones. A model without variance (s = 0) is thus as good as greedy, with equal shares for ties.
 *
 * Precondition: scores and s finite, s ≥ 0.
 */
import { float64s } from "../math/slab.ts";
import type { Explorer, Parameters, Scores, SlotLaw } from "./explorer.ts";
import { fillPanel, type Normals, ORDER, type Table, tableOf, weightOf } from "./thompsonTable.ts";

/** What lies below a position has the product of Φ there as its probability: this much is left out. */
const REST = 1e-14;

/** Product of Φ at the nodes of the panel in hand. */
const product = new Float64Array(ORDER);

export const thompson: Explorer = {
  name: "thompson",
  defaults: { width: 0.5, sdMin: 1e-6 },
  ranges: { width: [0, 1000], sdMin: [1e-12, 1e12] },
  takesFloor: true,
  accuracy: 1e-10,
  law: lawOf,
};

function lawOf({ score, uncertainty }: Scores, { width, sdMin }: Parameters): SlotLaw {
  const n = score.length;
  const normals: Normals = { mean: score, s: float64s(n) };
  for (let i = 0; i < n; i++) normals.s[i] = Math.max(width * uncertainty[i], sdMin);
  return {
    weigh(taken, _left, out) {
      out.fill(0, 0, n);
      return weighBy(tableOf(normals, taken), taken, out);
    },
  };
}

/** Panel by panel from the top, until next to nothing lies below. */
function weighBy(table: Table, taken: Uint8Array, out: Float64Array): number {
  let total = 0;
  for (let panel = table.panels - 1; panel >= 0; panel--) {
    fillPanel(panel);
    multiply(table, panel, taken);
    const below = product[0];
    for (let k = 0; k < ORDER; k++) product[k] *= weightOf(panel, k);
    total += addUp(table, panel, { taken, out });
    if (below < REST) return total;
  }
  return total;
}

/** Π Φ over the items left, node by node. */
function multiply({ contenders, item, upper, from, start, cdf }: Table, panel: number, taken: Uint8Array): void {
  product.fill(1);
  const low = from[panel];
  let at = start[panel];
  for (let c = 0; c < contenders; c++) {
    if (!(upper[c] > low)) continue;
    if (taken[item[c]] === 0) for (let k = 0; k < ORDER; k++) product[k] *= cdf[at + k];
    at += ORDER;
  }
}

/** Adds the panel's part of every integral to `out`, and returns their sum. */
function addUp(
  { contenders, item, upper, from, start, hazard }: Table,
  panel: number,
  { taken, out }: { readonly taken: Uint8Array; readonly out: Float64Array },
): number {
  const low = from[panel];
  let at = start[panel];
  let total = 0;
  for (let c = 0; c < contenders; c++) {
    if (!(upper[c] > low)) continue;
    if (taken[item[c]] === 0) {
      let even = 0;
      let odd = 0;
      for (let k = 0; k < ORDER; k += 2) {
        even += product[k] * hazard[at + k];
        odd += product[k + 1] * hazard[at + k + 1];
      }
      const sum = even + odd;
      out[item[c]] += sum;
      total += sum;
    }
    at += ORDER;
  }
  return total;
}
