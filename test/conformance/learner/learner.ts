/** What every learner owes: resume equals no interruption, bit for bit; and those that merge, one pass, bit for bit. */
import { describe, expect, test } from "vitest";

/** A learner as a fold over `steps` numbered steps. */
export interface LearnerCase<State> {
  readonly name: string;
  /** Steps of the history; enough for several epochs where the learner has them. */
  readonly steps: number;
  empty(): State;
  /** Folds step number `at`; may change the state. */
  add(state: State, at: number): State;
  /** All of the state: equal bytes, equal learner. */
  save(state: State): Uint8Array;
  load(bytes: Uint8Array): State;
  /** What is predicted or chosen from the state. */
  value(state: State): unknown;
  /** Absent: the learner is sequential and says that it does not merge. */
  readonly merge?: (earlier: State, later: State) => State;
}

export function learnerConformance<State>(learner: LearnerCase<State>): void {
  const { name, steps, merge } = learner;
  const fold = (from: number, to: number, state = learner.empty()): State => {
    let now = state;
    for (let at = from; at < to; at++) now = learner.add(now, at);
    return now;
  };
  const text = (state: State) => Buffer.from(learner.save(state)).toString("base64");
  const cuts = [0, 1, 7, Math.floor(steps / 3), steps - 1];

  describe(`the learner ${name}`, () => {
    test("folded twice is the same, bit for bit", () => {
      expect(text(fold(0, steps))).toBe(text(fold(0, steps)));
    });

    test("saved and loaded anywhere goes on as if nothing had happened, bit for bit, and says the same", () => {
      const whole = fold(0, steps);
      for (const cut of cuts) {
        const resumed = fold(cut, steps, learner.load(learner.save(fold(0, cut))));
        expect(text(resumed)).toBe(text(whole));
        expect(learner.value(resumed)).toEqual(learner.value(whole));
      }
    });

    if (merge !== undefined)
      test("merged from parts is one pass over them, bit for bit, wherever it was cut and however it is grouped", () => {
        const whole = text(fold(0, steps));
        for (const cut of cuts) expect(text(merge(fold(0, cut), fold(cut, steps)))).toBe(whole);
        const [a, b, c] = [fold(0, 5), fold(5, 9), fold(9, steps)];
        expect(text(merge(merge(a, b), c))).toBe(whole);
        expect(text(merge(fold(0, 5), merge(fold(5, 9), fold(9, steps))))).toBe(whole);
      });
  });
}
