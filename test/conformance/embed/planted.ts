/** Users and items with known tastes: what a trainer of vectors has to find again. */
import { OperationKind } from "../../../src/core/join/operations.ts";
import { uniformOf } from "../../../src/core/math/random.ts";
import { EmbedRows } from "../../../training/embed/rows.ts";

export interface Planted {
  readonly users: number;
  readonly items: number;
  /** Lists of six random items a user. */
  readonly lists: number;
  readonly seed?: number;
}

const SHOWN = 6;

/** d = 2: y ~ σ(−1 + z·v), z ~ N(0, I), |v| about 1.5. */
export function plantedRows({ users, items, lists, seed = 7 }: Planted) {
  const uniform = uniformOf(String(seed).padStart(64, "0"));
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const vectors = Array.from({ length: items }, () => [1.1 * normal(), 1.1 * normal()]);
  const rows = new EmbedRows();
  let position = 0;
  for (let u = 0; u < users; u++) {
    const z = [normal(), normal()];
    for (let l = 0; l < lists; l++) {
      const shown = Array.from({ length: SHOWN }, () => Math.floor(uniform() * items));
      const rewards = shown.map((item) => {
        const logit = -1 + z[0] * vectors[item][0] + z[1] * vectors[item][1];
        return uniform() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
      });
      rows.add(
        {
          kind: OperationKind.learn,
          decision: `d${position}`,
          subject: `u${u}`,
          served: "model",
          variant: "stable",
          modelVersion: 0,
          at: 0,
          settledAt: 0,
          segments: [],
          items: shown.map((item) => `i${item}`),
          positions: shown.map((_, k) => k + 1),
          rewards,
          base: 0,
          columns: 0,
          dense: new Float32Array(0),
        },
        position++,
      );
    }
  }
  return { rows, logit: { vectors } };
}
