/**
 * Which variant of items' own coefficients to believe, by paired squared errors on the rows that were shown.
 *
 * One is believed first and is home: random features where items are few, else none. Another must predict better by a
 * margin, and by more than luck: by three standard errors of the paired differences. It goes as soon as it predicts
 * better no more. Without the second rule the first few dozen rows decided; without the third it stayed, because what
 * chooses the rows is judged on those that it thought too well of, and so are never quite as good as it expected.
 */
import type { Judgement } from "./disorder.ts";
import { OWN_VARIANTS } from "./itemBlocks.ts";

/** Better by this share, to come into use where home is none: own coefficients make a model larger and slower. */
const MARGIN = 0.01;
/** The same where home is a variant. */
const CHANGE_MARGIN = 0.1;
/** Standard errors of the paired differences that a lead must be: there is a look every 32 judged rows. */
const LEAD = 3;

/** A variant of items' own coefficients, or undefined: the shared model alone. */
export type Own = number | undefined;
/** All of them; doubts are in this order. */
const CANDIDATES: readonly Own[] = [undefined, ...OWN_VARIANTS.keys()];

/** Places among competitors: that of the shared variant in use, and of the first variant of own coefficients. */
export interface OwnPlaces {
  readonly shared: number;
  readonly first: number;
}

export const doubtsOf = () => new Float64Array(CANDIDATES.length);

/** Adds the squared differences of rows to home. Cost: one pass over the candidates for each row. */
export function addDoubts(doubts: Float64Array, judged: Judgement, home: Own, places: OwnPlaces): void {
  const { rewards, predictions, stride } = judged;
  for (let i = 0; i < rewards.length; i++) {
    const reward = rewards[i];
    if (reward === undefined) continue;
    const square = (own: Own) => (reward - predictions[i * stride + placeOf(own, places)]) ** 2;
    const atHome = square(home);
    for (let k = 0; k < doubts.length; k++) doubts[k] += (square(CANDIDATES[k]) - atHome) ** 2;
  }
}

export interface OwnEvidence {
  /** Faded sums of squared errors of all competitors; of squared paired differences to home, by candidate. */
  readonly losses: Float64Array;
  readonly doubts: Float64Array;
  readonly home: Own;
  readonly inUse: Own;
  /** Whether variants that forget may be chosen. */
  readonly isOpen: (own: Own) => boolean;
}

/** What to believe from here on. */
export function believedOwn({ losses, doubts, home, inUse, isOpen }: OwnEvidence, places: OwnPlaces): Own {
  const atHome = losses[placeOf(home, places)];
  const margin = home === undefined ? MARGIN : CHANGE_MARGIN;
  let believed = home;
  let least = atHome;
  CANDIDATES.forEach((own, k) => {
    if (own === home || !isOpen(own)) return;
    const loss = losses[placeOf(own, places)];
    const clear = loss < atHome * (1 - margin) && atHome - loss > LEAD * Math.sqrt(doubts[k]);
    if (!(loss < least) || !(clear || own === inUse)) return;
    least = loss;
    believed = own;
  });
  return believed;
}

/** Where a candidate stands among all competitors. */
export function placeOf(own: Own, { shared, first }: OwnPlaces): number {
  return own === undefined ? shared : first + own;
}
