/** Whether what is believed of rows has stopped being true: each decision's rows go through the test once, as they are learned. */
import { addChange, type Change, emptyChange, isPunctual } from "../../src/core/estimators/change.ts";

export interface Tested {
  /** Whether the test has had these rows. */
  tested?: boolean;
  readonly rewards: readonly (number | undefined)[];
}

export class Watch {
  test: Change = emptyChange();
  /** Whether a change was found that the learner has not acted on yet. */
  found = false;
  /** Faded sums of the sizes of final rewards, and of what came after their row was learned. */
  told = 0;
  late = 0;
  /** Rows that the learner has had, once a change would be acted on. */
  rows: number | undefined;

  /** Whether rows can be tested as soon as they are learned, since hardly any reward comes later. */
  get isPunctual(): boolean {
    return isPunctual(this);
  }

  /** @param predictionOf a row, by what is believed. */
  look(decision: Tested, predictionOf: (row: number) => number): void {
    const { rows } = this;
    if (rows === undefined || decision.tested === true) return;
    decision.tested = true;
    decision.rewards.forEach((reward, i) => {
      if (reward === undefined) return;
      if (addChange(this.test, { prediction: predictionOf(i), reward }, rows)) this.found = true;
    });
  }

  /** The rewards of a decision are final. @param keep what is left of the sums. */
  close(rewards: readonly (number | undefined)[], keep: number): void {
    let told = 0;
    for (const reward of rewards) told += Math.abs(reward ?? 0);
    this.told = this.told * keep + told;
    this.late *= keep;
  }
}
