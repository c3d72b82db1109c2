/** Decisions in which taste x wants item a and taste y item c (reward 1 with probability .9, else .1), drawn evenly. */
import type { LoggedDecision } from "../../src/core/formats/decision.ts";
import { uniformOf } from "../../src/core/math/random.ts";

/** @param seed hex digits. */
export function agreeingDecisions(n: number, seed: string): LoggedDecision[] {
  const uniform = uniformOf(seed.padStart(64, "0"));
  return Array.from({ length: n }, (_, i) => {
    const taste = uniform() < 0.5 ? "x" : "y";
    const items = ["a", "b", "c", "d"].map((id) => ({ id, features: { article: { id } } }));
    const itemIndex = Math.floor(uniform() * 4);
    const agrees = (taste === "x" && itemIndex === 0) || (taste === "y" && itemIndex === 2);
    const reward = uniform() < (agrees ? 0.9 : 0.1) ? 1 : 0;
    return { id: `d${i}`, context: { user: { taste } }, items, slots: [{ itemIndex, propensity: 0.25, reward }] };
  });
}
