/**
 * Plackett–Luce that hides who asked: a public score plus a private residual that is clipped to a few steps of a grid,
 * weights from a table of whole numbers, and the operating system's randomness (`core/privacy`). Its propensities are
 * exact fractions. It takes no floor: the end of its table is its floor. docs/privacy.md says what is claimed.
 *
 * Serving draws by `privacy/rank.ts`; the law here is the same one for whatever asks for a pmf.
 */
import { weightsOf } from "../privacy/grid.ts";
import { mechanismOf } from "../privacy/mechanism.ts";
import type { Explorer, Parameters } from "./explorer.ts";

const WHOLE = ["range", "residual", "bits"];

export const privatePlackettLuce: Explorer = {
  name: "privatePlackettLuce",
  defaults: { range: 128, residual: 4, step: 1 / 16, scoreGrid: 1 / 512, bits: 32 },
  ranges: { range: [0, 4096], residual: [0, 1024], step: [1e-6, 16], scoreGrid: [1e-12, 1e12], bits: [16, 32] },
  takesFloor: false,
  private: true,
  refuse: refused,
  law({ score, publicScore = score }, parameters) {
    const weight = weightsOf({ score, publicScore }, mechanismOf(parameters));
    return {
      weigh(taken, _left, out) {
        let total = 0;
        for (let i = 0; i < weight.length; i++) {
          out[i] = taken[i] === 0 ? weight[i] : 0;
          total += out[i];
        }
        return total;
      },
    };
  },
};

function refused(parameters: Parameters): string | undefined {
  const broken = WHOLE.find((name) => !Number.isInteger(parameters[name]));
  if (broken !== undefined) return `${broken}: ${parameters[broken]}, which is not whole`;
  const { table } = mechanismOf(parameters);
  if (table[table.length - 1] >= 1) return undefined;
  return `step · (range + residual) = ${parameters.step * (table.length - 1)}, at which weights of ${parameters.bits} bits vanish`;
}
