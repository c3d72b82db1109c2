/**
 * The setting of Vowpal Wabbit's issue 1687: visitors of two types, two ads; 4 % click the ad of their type, 3 % the
 * other. A difference so small beside its noise is lost by learners that weight rows by one over their propensity.
 */
import { EngineRanker } from "./engine.ts";
import { mulberry32 } from "./labelled.ts";

const ADS = ["a0", "a1"];
const CLICK = { own: 0.04, other: 0.03 };

export interface AdClicks {
  /** Mean over events of the click rate expected of the distribution served: no luck of single clicks in it. */
  readonly expected: number;
  readonly expectedLastHalf: number;
  readonly realised: number;
  /** Variant of items' own coefficients in use at the end. */
  readonly own: string;
}

const START_AT = 1_767_225_600_000;
const STEP_MS = 3_000;
/** With so many events nothing that they share changes soon. */
const RETRAIN_EVERY = 50;

/** @param onEvent called after each event with how many are done. Cost: about 0.3 ms an event. */
export function adClicks(seed: number, events: number, onEvent?: (done: number) => void): AdClicks {
  const items = ADS.map((id) => ({ id, features: {} }));
  const engine = new EngineRanker(
    { slotsShown: 1, catalogue: items },
    { name: "brigand", seed: `ads ${seed}`, retrainEvery: RETRAIN_EVERY },
  );
  const uniform = mulberry32(seed);
  const sums = { expected: 0, lastHalf: 0, clicks: 0 };
  for (let index = 0; index < events; index++) {
    const type = uniform() < 0.5 ? 0 : 1;
    const at = START_AT + index * STEP_MS;
    const step = { index, at, context: { type: `t${type}` }, items };
    const [shown] = engine.rank(step);
    const right = shown === ADS[type];
    const [propensity] = engine.propensity;
    const rate = CLICK.other + (CLICK.own - CLICK.other) * (right ? propensity : 1 - propensity);
    const click = uniform() < (right ? CLICK.own : CLICK.other);
    sums.expected += rate;
    if (index >= events / 2) sums.lastHalf += rate;
    if (click) sums.clicks++;
    engine.learn(step, [shown], click ? [{ item: shown, value: 1, delayMs: 0 }] : [], at);
    onEvent?.(index + 1);
  }
  return {
    expected: sums.expected / events,
    expectedLastHalf: sums.lastHalf / Math.floor(events / 2),
    realised: sums.clicks / events,
    own: engine.learner.own.nameOf(engine.learner.choice.own),
  };
}
