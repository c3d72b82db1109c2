/** A file of decisions as decision services log them, for `learningSpeed.mjs`, and what `brigand train` makes of it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export const DECISIONS = 100_000;
const ACTIONS = 10;

/**
 * 6 strings of the request of 50 values, 7 strings of 100 values and 7 numbers an action; one of ten actions is drawn
 * evenly; reward 0 or −1 by whether the first string of the request and of the action are of one parity.
 */
export function writeDecisions(folder, uniform) {
  const lines = [];
  const whole = (below) => Math.floor(uniform() * below);
  const numbered = (name, n, value) =>
    Object.fromEntries(Array.from({ length: n }, (_, j) => [`${name}${j}`, value()]));
  for (let i = 0; i < DECISIONS; i++) {
    const u = numbered("u", 6, () => `v${whole(50)}`);
    const actions = Array.from({ length: ACTIONS }, () => ({
      a: { ...numbered("a", 7, () => `v${whole(100)}`), ...numbered("n", 7, () => whole(1000) / 1000) },
    }));
    const shown = whole(ACTIONS);
    const alike = (Number(u.u0.slice(1)) - Number(actions[shown].a.a0.slice(1))) % 2 === 0;
    const cost = uniform() < (alike ? 0.7 : 0.1) ? 0 : 1;
    const others = Array.from({ length: ACTIONS }, (_, k) => k + 1).filter((action) => action !== shown + 1);
    const label = { _label_cost: cost, _label_probability: 1 / ACTIONS, _label_Action: shown + 1, _labelIndex: shown };
    const told = { Version: "1", EventId: `e${i}`, a: [shown + 1, ...others], p: new Array(ACTIONS).fill(1 / ACTIONS) };
    lines.push(JSON.stringify({ ...label, ...told, c: { u, _multi: actions } }));
  }
  writeFileSync(join(folder, "decisions.dsjson"), `${lines.join("\n")}\n`);
}

/** What `brigand train FILE --json` reports, as a row of the table. */
export function trained({ decisions, cpuSeconds, memoryBytes }) {
  return { "Brigand, decisions of a dsjson file": { rows: decisions, cpuSeconds, memoryBytes } };
}
