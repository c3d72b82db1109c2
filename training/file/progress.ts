/** How well rows of a file were predicted before they were learned, beside the mean reward so far as a prediction. */

export class ProgressiveLoss {
  rows = 0;
  private squares = 0;
  private squaresOfMean = 0;
  private sum = 0;

  /** @param prediction undefined while there is no model yet: the mean so far stands in. */
  add(reward: number, prediction: number | undefined): void {
    const mean = this.rows === 0 ? 0 : this.sum / this.rows;
    this.squares += (reward - (prediction ?? mean)) ** 2;
    this.squaresOfMean += (reward - mean) ** 2;
    this.sum += reward;
    this.rows++;
  }

  /** Mean squared errors, and the mean reward; undefined without rows. */
  value(): { readonly loss: number; readonly lossOfMean: number; readonly meanReward: number } | undefined {
    const { rows } = this;
    if (rows === 0) return undefined;
    return { loss: this.squares / rows, lossOfMean: this.squaresOfMean / rows, meanReward: this.sum / rows };
  }
}
