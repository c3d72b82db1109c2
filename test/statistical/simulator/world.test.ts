import { describe, expect, test } from "vitest";
import { createWorld } from "../../../src/core/simulator/world.ts";

const STEPS = 4000;
const SEEDS = ["a", "b", "c"] as const;

describe("clicks of a world", () => {
  /**
   * Seeds a–c, n = 4,000 steps × 20 candidates. Each of 10 deciles of the true probability is compared with its click
   * rate at 4.5 binomial standard errors: false alarm 30 × 6.8e-6 = 2e-4 over new seeds; 0 on these.
   */
  test.each(SEEDS)("come at the stated rate in every decile of it (seed %s)", (seed) => {
    const world = createWorld({ seed, driftAt: STEPS / 2 });
    const rows: { p: number; clicked: number }[] = [];
    for (let t = 0; t < STEPS; t++) {
      const step = world.next();
      const ids = step.items.map(({ id }) => id);
      const clicked = new Set(world.rewards(step, ids).map(({ item }) => item));
      for (const id of ids) rows.push({ p: world.expected(step, id), clicked: clicked.has(id) ? 1 : 0 });
    }
    rows.sort((a, b) => a.p - b.p);
    const size = rows.length / 10;
    for (let decile = 0; decile < 10; decile++) {
      const part = rows.slice(decile * size, (decile + 1) * size);
      const mean = part.reduce((sum, { p }) => sum + p, 0);
      const sd = Math.sqrt(part.reduce((sum, { p }) => sum + p * (1 - p), 0));
      const clicks = part.reduce((sum, { clicked }) => sum + clicked, 0);
      expect(Math.abs(clicks - mean)).toBeLessThan(4.5 * sd);
    }
    const base = rows.reduce((sum, { p }) => sum + p, 0) / rows.length;
    expect(base).toBeGreaterThan(0.1);
    expect(base).toBeLessThan(0.15);
  });

  /** n = 80,000 pairs: independent clicks of neighbours have correlation 0 ± 0.0035 given p; 4.5 of that, false alarm 7e-6. */
  test("are independent between the items of a list", () => {
    const world = createWorld({ seed: "pairs" });
    let [sum, n] = [0, 0];
    for (let t = 0; t < STEPS; t++) {
      const step = world.next();
      const ids = step.items.map(({ id }) => id);
      const clicked = new Set(world.rewards(step, ids).map(({ item }) => item));
      const z = ids.map((id) => {
        const p = world.expected(step, id);
        return ((clicked.has(id) ? 1 : 0) - p) / Math.sqrt(p * (1 - p));
      });
      for (let i = 1; i < z.length; i++, n++) sum += z[i] * z[i - 1];
    }
    expect(Math.abs(sum / n)).toBeLessThan(4.5 / Math.sqrt(n));
  });
});

/** No luck in these: sums of true expectations over the same 4,000 steps; the margins hold for all ten seeds tried. */
describe("yardsticks of a world", () => {
  test.each(SEEDS)("stand well apart: oracle 1.6 × best fixed, best fixed 1.35 × uniform (seed %s)", (seed) => {
    const { best, fixed, uniform } = play(createWorld({ seed }), { from: 0 });
    expect(best).toBeGreaterThan(1.6 * fixed);
    expect(fixed).toBeGreaterThan(1.35 * uniform);
  });

  test.each(SEEDS)(
    "move with the drift: what was best before earns under 0.8 of what is best after (seed %s)",
    (seed) => {
      const before = createWorld({ seed });
      const after = createWorld({ seed, driftAt: 0 });
      let [stale, fresh, kept] = [0, 0, 0];
      for (let t = 0; t < STEPS; t++) {
        const step = after.next();
        const [was, is] = [before.best(step), after.best(step)];
        stale += after.expectedOf(step, was);
        fresh += after.expectedOf(step, is);
        kept += was.filter((id) => is.includes(id)).length / is.length;
      }
      expect(stale).toBeLessThan(0.8 * fresh);
      expect(kept / STEPS).toBeLessThan(0.6);
    },
  );
});

function play(
  world: ReturnType<typeof createWorld>,
  { from }: { from: number },
): { best: number; fixed: number; uniform: number } {
  const place = new Map(world.bestFixed({ steps: STEPS }).map((id, i) => [id, i]));
  let [best, fixed, uniform] = [0, 0, 0];
  for (let t = from; t < from + STEPS; t++) {
    const step = world.step(t);
    const ids = step.items.map(({ id }) => id);
    best += world.expectedOf(step, world.best(step));
    uniform += (world.expectedOf(step, ids) * world.slotsShown) / ids.length;
    fixed += world.expectedOf(
      step,
      ids.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)).slice(0, world.slotsShown),
    );
  }
  return { best, fixed, uniform };
}
