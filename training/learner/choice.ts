/**
 * Which variant of the learner to believe: each predicts every row before it is learned, and the smallest squared
 * error wins. A row is judged when its decision closes, its reward being final, or when `WAITING_ROWS` newer ones
 * wait behind it. Errors fade by half every `FADE_ROWS` judged rows, so that the choice can follow a change.
 *
 * Squared error also counts how well the level that is common to a list's rows is met, which no ranking shows, and
 * forgetting is good at that. So where lists tell an order (rows of one list with different rewards), a variant must
 * order them better too before it may forget more.
 */
import type { LearnOperation } from "../../src/core/join/operations.ts";
import { CROSS_LOSSES, type CrossLayout, type CrossLoss, crossesOf } from "../../src/core/model/crosses.ts";
import { Crosses } from "./crosses.ts";
import { addDisorder } from "./disorder.ts";
import { FADING, type ItemBlocks, OWN_VARIANTS } from "./itemBlocks.ts";
import { addDoubts, believedOwn, doubtsOf, type Own, type OwnPlaces, placeOf } from "./ownChoice.ts";
import type { Scale } from "./scale.ts";
import type { Variant } from "./solve.ts";
import { predictShared, type Taken } from "./taken.ts";
import { Watch } from "./watch.ts";

export const VARIANTS: readonly Variant[] = [
  { halfLife: Number.POSITIVE_INFINITY, ridge: 10 },
  { halfLife: Number.POSITIVE_INFINITY, ridge: 100 },
  { halfLife: 16_384, ridge: 10 },
  { halfLife: 4_096, ridge: 10 },
];
/** Shared variants, then those of items' own coefficients, then those of crosses of strings. */
const FIRST_CROSSES = VARIANTS.length + OWN_VARIANTS.length;
const COMPETITORS = FIRST_CROSSES + CROSS_LOSSES.length;
const FADE_ROWS = 4_096;
export const WAITING_ROWS = 16_384;
/** A challenger must be this much better, relatively, than the variant in use. */
const MARGIN = 1e-4;
/** The same, in disorder, for a variant that forgets more, where lists tell an order. */
const ORDER_MARGIN = 0.02;
/** A challenger's share for crosses of strings beside all else. */
const CROSSES_MARGIN = 0.01;

/** Rows whose errors are remembered across a change. */
const CHANGED_ROWS = 256;

/** Judged rows between two choices among items' own coefficients. */
const OWN_CHOICE_ROWS = 32;

/** Predictions of one decision's rows (rows × competitors) and the rewards as known so far. */
export interface Waiting {
  readonly predictions: Float32Array;
  /** Absent: the row was not seen after all. */
  readonly rewards: (number | undefined)[];
  /** Crosses of all rows, where there are any, and what the shared model predicted beside them. */
  readonly crosses?: Int32Array;
  readonly shared: Float32Array;
}

/** What competes beside the shared variants. */
export interface Beside {
  readonly own?: ItemBlocks;
  /** Of the columns as they are. */
  readonly layout?: CrossLayout;
}

export interface JudgedRow {
  readonly item: string;
  readonly dense: Float32Array;
  readonly reward: number;
}

export class Choice {
  readonly variants = VARIANTS;
  best = 0;
  /** Which variant of items' own coefficients is believed, and which one until another is clearly better. */
  own: Own;
  home: Own;
  /** Faded sums of squared paired differences to it (`ownChoice.ts`). */
  doubts = doubtsOf();
  /** Faded sums of squared errors of all competitors, and of rows. */
  losses = new Float64Array(COMPETITORS);
  /** Which loss of crosses of strings is believed; undefined: none. Comes before items' own coefficients. */
  crossed: CrossLoss | undefined;
  /** They learn a row when it is judged. */
  crosses = new Crosses();
  rows = 0;
  /** Faded sums over rows of the shared variants' disorder of their lists, and of rows whose list told an order. */
  disorders = new Float64Array(VARIANTS.length);
  orderedRows = 0;
  taken: Taken | undefined;
  /** By log position of the `learn` operation, oldest first. */
  waiting = new Map<number, Waiting>();
  waitingRows = 0;
  /** Rows judged since the last choice among items' own coefficients. */
  unchosen = 0;
  /** Looks for a change. */
  watch = new Watch();
  /** Whether variants that forget may be chosen; false only where it is measured what forgetting is worth. */
  forgets = true;

  /** Predicts the rows of one decision, before they are learned. */
  predict(position: number, rows: readonly JudgedRow[], { own, layout }: Beside = {}): void {
    const { taken } = this;
    if (taken === undefined) return;
    const v = this.variants.length;
    const predictions = new Float32Array(rows.length * COMPETITORS);
    const shared = new Float32Array(rows.length);
    const crosses = layout && crossesOfRows(layout, rows);
    const width = (crosses?.length ?? 0) / Math.max(1, rows.length);
    for (let i = 0; i < rows.length; i++) {
      const { dense, item } = rows[i];
      const at = i * COMPETITORS;
      predictShared(taken, dense, predictions, at);
      const f = own?.read(dense);
      const means = f && own?.means(item, f);
      for (let k = 0; k < OWN_VARIANTS.length; k++)
        predictions[at + v + k] = means === undefined ? predictions[at + this.best] : means[k];
      shared[i] = predictions[at + this.best];
      for (let k = 0; k < CROSS_LOSSES.length; k++)
        predictions[at + FIRST_CROSSES + k] =
          crosses === undefined ? shared[i] : this.crosses.mean(CROSS_LOSSES[k], rowOf(crosses, i, width), shared[i]);
    }
    this.waiting.set(position, { predictions, rewards: rows.map(({ reward }) => reward), shared, crosses });
    this.waitingRows += rows.length;
    while (this.waitingRows > WAITING_ROWS) this.closeOldest();
  }

  /** The rows of a decision, once they are predicted, go through the test for a change. @param scores of who drew them. */
  look(position: number, { rewards, scores }: Pick<LearnOperation, "rewards" | "scores">): void {
    if (!this.forgets) return;
    for (let i = 0; i < rewards.length; i++)
      this.watch.look({ score: scores?.[i], believed: this.predictionOf(position, i), reward: rewards[i] });
  }

  private closeOldest(): void {
    for (const oldest of this.waiting.keys()) return this.close(oldest);
  }

  /** What was predicted of a row that waits, by what is believed now. */
  predictionOf(position: number, row: number): number | undefined {
    return this.waiting.get(position)?.predictions[row * COMPETITORS + this.believed];
  }

  /** Place of what is believed among all. */
  private get believed(): number {
    if (this.crossed !== undefined) return FIRST_CROSSES + CROSS_LOSSES.indexOf(this.crossed);
    return placeOf(this.own, this.places);
  }

  private get places(): OwnPlaces {
    return { shared: this.best, first: this.variants.length };
  }

  /** A variant of items' own coefficients is believed until something else is clearly better. */
  beginWith(own: Own): void {
    this.own = this.home = own;
  }

  correct(position: number, row: number, reward: number): void {
    const waiting = this.waiting.get(position);
    if (waiting?.rewards[row] === undefined) return;
    waiting.rewards[row] = reward;
  }

  /** A change is acted on: what was lost before it says little of what to believe now. */
  acted(): void {
    this.watch.found = false;
    const keep = Math.min(1, CHANGED_ROWS / Math.max(1, this.rows));
    this.fade(keep);
    this.rows *= keep;
    this.orderedRows *= keep;
  }

  /** The row was not seen and is not judged. */
  drop(position: number, row: number): void {
    const waiting = this.waiting.get(position);
    if (waiting !== undefined) waiting.rewards[row] = undefined;
  }

  /** Judges the rows of one decision. */
  close(position: number): void {
    const waiting = this.waiting.get(position);
    if (waiting === undefined) return;
    this.waiting.delete(position);
    const { predictions, rewards, crosses, shared } = waiting;
    this.waitingRows -= rewards.length;
    let seen = 0;
    for (const reward of rewards) if (reward !== undefined) seen++;
    const keep = 0.5 ** (seen / FADE_ROWS);
    this.fade(keep);
    for (let k = 0; k < COMPETITORS; k++) {
      let loss = 0;
      for (let i = 0, at = k; i < rewards.length; i++, at += COMPETITORS) {
        const reward = rewards[i];
        if (reward !== undefined) loss += (reward - predictions[at]) ** 2;
      }
      this.losses[k] += loss;
    }
    const judgement = { rewards, predictions, stride: COMPETITORS };
    addDoubts(this.doubts, judgement, this.home, this.places);
    if (crosses !== undefined) this.learnCrosses(crosses, rewards, shared);
    this.rows = this.rows * keep + seen;
    const ordered = addDisorder(this.disorders, judgement, seen);
    this.orderedRows = this.orderedRows * keep + (ordered ? seen : 0);
    this.unchosen += seen;
    if (this.unchosen >= OWN_CHOICE_ROWS) this.chooseOwn();
  }

  private fade(keep: number): void {
    for (const sums of [this.losses, this.doubts, this.disorders])
      for (let k = 0; k < sums.length; k++) sums[k] *= keep;
  }

  private learnCrosses(crosses: Int32Array, rewards: Waiting["rewards"], shared: Float32Array): void {
    const width = crosses.length / Math.max(1, rewards.length);
    rewards.forEach((reward, i) => {
      if (reward !== undefined) this.crosses.learn(rowOf(crosses, i, width), shared[i], reward);
    });
  }

  /** Looks at the errors so far, then predicts with new weights. */
  take(weights: readonly Float64Array[], scale: Scale): void {
    for (let k = 0; k < this.variants.length; k++) {
      if (!this.forgets && Number.isFinite(this.variants[k].halfLife)) continue;
      if (this.isBetter(k)) this.best = k;
    }
    this.chooseOwn();
    this.taken = { weights, centre: Float32Array.from(scale.centre), scale: Float32Array.from(scale.scale) };
  }

  /** Whether shared variant k should replace the one in use. */
  private isBetter(k: number): boolean {
    const { variants, best, losses, disorders } = this;
    const nearer = losses[k] < losses[best] * (1 - MARGIN);
    if (!(this.orderedRows > this.rows / 2)) return nearer;
    if (variants[k].halfLife < variants[best].halfLife)
      return nearer && disorders[k] < disorders[best] * (1 - ORDER_MARGIN);
    return nearer || (variants[k].halfLife > variants[best].halfLife && disorders[k] < disorders[best]);
  }

  /** Looks at the errors of items' own coefficients, between two looks too: they follow every row. */
  private chooseOwn(): void {
    this.unchosen = 0;
    const { losses, doubts, home, own: inUse, forgets } = this;
    const isOpen = (own: Own) => own !== FADING || forgets;
    this.own = believedOwn({ losses, doubts, home, inUse, isOpen }, this.places);
    this.chooseCrosses(losses[placeOf(this.own, this.places)]);
  }

  /** They come into use when they predict clearly better than all else, and go when they do not any more. */
  private chooseCrosses(other: number): void {
    let least = other * (this.crossed === undefined ? 1 - CROSSES_MARGIN : 1);
    let best: CrossLoss | undefined;
    CROSS_LOSSES.forEach((loss, k) => {
      const came = this.losses[FIRST_CROSSES + k];
      if (!this.crosses.tables.has(loss) || came >= least) return;
      least = came;
      best = loss;
    });
    this.crossed = best;
  }

  /** The same for items' own coefficients; the shared variant in use beside them is what they must beat. */
  ownEvidence(): { kind: string; loss: number }[] {
    return OWN_VARIANTS.map((kind, k) => ({ kind, loss: this.meanLoss(this.variants.length + k) }));
  }

  /** The same for crosses of strings. */
  crossEvidence(): { loss: CrossLoss; squaredError: number }[] {
    return CROSS_LOSSES.map((loss, k) => ({ loss, squaredError: this.meanLoss(FIRST_CROSSES + k) }));
  }

  private meanLoss(k: number): number {
    return this.rows > 0 ? this.losses[k] / this.rows : 0;
  }

  /** Mean squared progressive error and disorder of each variant, for the manifest. */
  evidence(): { halfLifeRows: number | null; ridge: number; loss: number; disorder: number | null }[] {
    return this.variants.map(({ halfLife, ridge }, k) => ({
      halfLifeRows: Number.isFinite(halfLife) ? halfLife : null,
      ridge,
      loss: this.meanLoss(k),
      disorder: this.orderedRows > 0 ? this.disorders[k] / this.orderedRows : null,
    }));
  }
}

/** The crosses of one row. */
function rowOf(crosses: Int32Array, row: number, width: number): Int32Array {
  return crosses.length === width ? crosses : crosses.subarray(row * width, (row + 1) * width);
}

function crossesOfRows(layout: CrossLayout, rows: readonly JudgedRow[]): Int32Array | undefined {
  const columns = rows[0]?.dense.length ?? 0;
  if (rows.length === 1) return crossesOf(layout, { dense: rows[0].dense, n: 1, columns });
  const dense = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => void dense.set(row.dense, i * columns));
  return crossesOf(layout, { dense, n: rows.length, columns });
}
