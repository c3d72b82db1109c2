/** Whether what is believed of rows has stopped being true: rows go through the test as they are learned. */
import {
  type ChangeWatch,
  emptyChangeWatch,
  type WatchedRow,
  watchRow,
} from "../../src/core/estimators/changeWatch.ts";

export class Watch {
  state: ChangeWatch = emptyChangeWatch();
  /** Whether a change was found that the learner has not acted on yet. */
  found = false;
  /** Whether it acts on one; before the last epoch it does not. */
  acts = false;

  look(row: WatchedRow): void {
    const believed = this.acts ? row.believed : undefined;
    if (watchRow(this.state, { ...row, believed }) && this.acts) this.found = true;
  }
}
