/** Learner and explorer together: what is served after save and load is what would have been served. */
import { describe, expect, test } from "vitest";
import { explorers } from "../../../src/core/explore/explorers.ts";
import { EngineRanker } from "../../../training/simulate/engine.ts";
import { mulberry32 } from "../../../training/simulate/labelled.ts";

const ITEMS = ["a", "b", "c", "d"].map((id, k) => ({ id, features: { size: k } }));

/** Lists with their propensities; the right item is that of the point's quadrant, and rewards come at once or late. */
function play(explorer: string, restarts: readonly number[]) {
  const engine = new EngineRanker({ slotsShown: 2, catalogue: ITEMS }, { name: "x", seed: "s", explorer });
  const uniform = mulberry32(5);
  return Array.from({ length: 170 }, (_, index) => {
    if (restarts.includes(index)) engine.restart();
    const [x, y] = [2 * uniform() - 1, 2 * uniform() - 1];
    const at = 1_767_225_600_000 + 3_000 * index;
    const user = { id: `u${index % 7}`, features: { age: 20 + (index % 7) } };
    const step = { index, at, user, context: { x, y }, items: ITEMS };
    const shown = engine.rank(step);
    const right = ITEMS[(x > 0 ? 1 : 0) + (y > 0 ? 2 : 0)].id;
    const late = index % 3 === 0 ? 2_500 : 0;
    if (shown.includes(right)) engine.learn(step, shown, [{ item: right, value: 1, delayMs: late }], at + late);
    return { shown, propensity: [...engine.propensity] };
  });
}

/** privatePlackettLuce is drawn by the server alone, with the operating system's randomness: nothing of it resumes. */
describe.each(explorers.filter(({ private: isPrivate }) => isPrivate !== true).map(({ name }) => [name]))(
  "a policy that explores by %s",
  (name) => {
    test("chooses after save and load, three times over, what it would have chosen, propensities bit for bit", () => {
      expect(play(name, [5, 61, 140])).toEqual(play(name, []));
    });
  },
);
