/** A learner → what a model file holds: shared part, and items' own coefficients where they predict better. */
import { crossLayout } from "../../src/core/model/crosses.ts";
import type { FamilyParameters, OwnParameters } from "../../src/core/model/own.ts";
import type { ItemBlocks } from "./itemBlocks.ts";
import type { Learner } from "./learner.ts";
import { linearParameters } from "./parameters.ts";

/** Cost: the shared solve, and about n³/2 for each item with coefficients of its own. */
export function familyParameters(learner: Learner): FamilyParameters {
  const linear = linearParameters(learner);
  const { own, choice } = learner;
  const crosses = choice.crossed && choice.crosses.parameters(choice.crossed, linear.sigma2);
  const layout = crosses && crossLayout(learner.columns);
  if (crosses !== undefined && layout !== undefined) return { linear, crosses: { ...crosses, layout } };
  return { linear, own: choice.own === undefined ? undefined : ownParameters(own, choice.own) };
}

/** The model's order is columns, constant, features; the sums' order is constant, columns, features. */
function ownParameters(own: ItemBlocks, variant: number): OwnParameters | undefined {
  const { layout, items } = own;
  if (layout === undefined || items.size === 0) return undefined;
  const inputs = layout.columns.length;
  const precision = own.precision(variant);
  const order = precision.length;
  const features = order - 1 - inputs;
  const place = Int32Array.from({ length: order }, (_, i) => (i === 0 ? inputs : i <= inputs ? i - 1 : i));
  const coefficients = new Float64Array(items.size * order);
  const factors = new Float64Array((items.size + 1) * order * order);
  let at = 0;
  for (const item of items.values()) {
    const { weights, factor } = own.factored(item, variant);
    for (let i = 0; i < order; i++) {
      coefficients[at * order + place[i]] = weights[i];
      factors.set(factor.subarray(i * order, (i + 1) * order), (at * order + place[i]) * order);
    }
    at++;
  }
  for (let i = 0; i < order; i++) factors[(at * order + place[i]) * order + i] = 1 / Math.sqrt(precision[i]);
  const phase = new Float64Array(1 + features);
  phase.set(layout.fourier.phase.subarray(0, features), 1);
  const weights = new Float64Array(inputs * (1 + features));
  for (let i = 0; i < inputs; i++)
    for (let k = 0; k < features; k++) weights[i * (1 + features) + 1 + k] = layout.fourier.weights[k * inputs + i];
  return {
    items: [...items.keys()],
    open: own.open,
    columns: layout.columns,
    weights,
    phase,
    coefficients,
    factors,
    sigma2: own.sigma2(variant),
  };
}
