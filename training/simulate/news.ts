/**
 * The news example of Vowpal Wabbit's tutorial: two users, two times of day, seven articles, each of the four contexts
 * likes one of them, always and alone. Nothing is told of crosses: context is two strings, items are ids.
 */
import { EngineRanker } from "./engine.ts";
import { mulberry32 } from "./labelled.ts";

const ARTICLES = ["politics", "sports", "music", "food", "finance", "health", "camping"];
const LIKED: Readonly<Record<string, string>> = {
  "Tom morning": "politics",
  "Tom afternoon": "music",
  "Anna morning": "sports",
  "Anna afternoon": "politics",
};
const LIKED_LATER: Readonly<Record<string, string>> = {
  "Tom morning": "politics",
  "Tom afternoon": "sports",
  "Anna morning": "sports",
  "Anna afternoon": "sports",
};

export interface Clicks {
  /** What was shown, by step. */
  readonly shown: readonly string[];
  /** Share of all steps that were clicked, and of the second half. */
  readonly all: number;
  readonly secondHalf: number;
  /** Variant of items' own coefficients in use at the end. */
  readonly own: string;
}

const START_AT = 1_767_225_600_000;
const STEP_MS = 3_000;

/**
 * @param swap whether tastes change half way.
 * @param forgets false: with a learner that forgets nothing.
 * @param restartAt step before which everything is saved and loaded again; it changes nothing. Cost: about 1 ms a step.
 */
export function newsClicks(
  seed: number,
  { steps, swap, restartAt, forgets }: { steps: number; swap: boolean; restartAt?: number; forgets?: boolean },
): Clicks {
  const items = ARTICLES.map((id) => ({ id, features: {} }));
  const engine = new EngineRanker(
    { slotsShown: 1, catalogue: items },
    { name: "brigand", seed: `news ${seed}`, retrainEvery: 5, forgets },
  );
  const uniform = mulberry32(seed);
  const clicks = { first: 0, second: 0 };
  const shownAll: string[] = [];
  for (let index = 0; index < steps; index++) {
    if (index === restartAt) engine.restart();
    const user = uniform() < 0.5 ? "Tom" : "Anna";
    const time = uniform() < 0.5 ? "morning" : "afternoon";
    const half = index >= steps / 2 ? "second" : "first";
    const at = START_AT + index * STEP_MS;
    const step = { index, at, context: { user, time }, items };
    const [shown] = engine.rank(step);
    shownAll.push(shown);
    const liked = (swap && half === "second" ? LIKED_LATER : LIKED)[`${user} ${time}`];
    if (shown === liked) clicks[half]++;
    engine.learn(step, [shown], shown === liked ? [{ item: shown, value: 1, delayMs: 0 }] : [], at);
  }
  return {
    shown: shownAll,
    all: (clicks.first + clicks.second) / steps,
    secondHalf: clicks.second / (steps / 2),
    own: engine.learner.own.nameOf(engine.learner.choice.own),
  };
}
