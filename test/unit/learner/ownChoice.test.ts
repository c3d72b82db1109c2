import { describe, expect, test } from "vitest";
import { addDoubts, believedOwn, doubtsOf, type Own } from "../../../training/learner/ownChoice.ts";

/** Places of a competition of one shared variant, then linear, fourier and fading. */
const PLACES = { shared: 0, first: 1 };
const [LINEAR, FOURIER, FADING] = [0, 1, 2];

interface Shape {
  readonly home: Own;
  readonly inUse?: Own;
  readonly isOpen?: (own: Own) => boolean;
}

/** What is believed after rows with these squared errors of all four. */
function believedAfter(rows: readonly (readonly number[])[], { home, inUse = home, isOpen = () => true }: Shape): Own {
  const losses = new Float64Array(4);
  const doubts = doubtsOf();
  for (const row of rows) {
    row.forEach((square, k) => {
      losses[k] += square;
    });
    const predictions = Float32Array.from(row, Math.sqrt);
    addDoubts(doubts, { rewards: [0], predictions, stride: 4 }, home, PLACES);
  }
  return believedOwn({ losses, doubts, home, inUse, isOpen }, PLACES);
}

const times = (n: number, row: readonly number[]) => Array.from({ length: n }, () => row);

describe("own coefficients are believed", () => {
  test("first as they were at home, before any row was judged", () => {
    expect(believedAfter([], { home: FOURIER })).toBe(FOURIER);
    expect(believedAfter([], { home: undefined })).toBeUndefined();
  });

  test("otherwise, when a variant is better by a tenth, by more than three standard errors", () => {
    expect(believedAfter(times(20, [0.5, 0.5, 0.2, 0.1]), { home: FOURIER })).toBe(FADING);
    expect(believedAfter(times(5, [0.5, 0.5, 0.2, 0.1]), { home: FOURIER })).toBe(FOURIER);
    expect(believedAfter(times(2_000, [0.5, 0.5, 0.2, 0.185]), { home: FOURIER })).toBe(FOURIER);
  });

  test("not for one row that all but one variant missed, however much it weighs", () => {
    const rows = [...times(300, [0.1, 0.1, 0.1, 0.1]), [50, 50, 50, 0]];
    expect(believedAfter(rows, { home: FOURIER })).toBe(FOURIER);
  });

  test("beside none, from one in a hundred on, the best of several", () => {
    expect(believedAfter(times(100, [0.5, 0.49, 0.48, 0.49]), { home: undefined })).toBe(FOURIER);
    expect(believedAfter(times(100, [0.5, 0.499, 0.499, 0.499]), { home: undefined })).toBeUndefined();
  });

  test("as long as they are any better than home, and not longer", () => {
    expect(believedAfter(times(100, [0.5, 0.5, 0.2, 0.199]), { home: FOURIER, inUse: FADING })).toBe(FADING);
    expect(believedAfter(times(100, [0.5, 0.5, 0.2, 0.2]), { home: FOURIER, inUse: FADING })).toBe(FOURIER);
  });

  test("not at all where the shared model is clearly better, and again when it is no more", () => {
    expect(believedAfter(times(50, [0.1, 0.5, 0.2, 0.2]), { home: FOURIER })).toBeUndefined();
    expect(believedAfter(times(50, [0.3, 0.5, 0.2, 0.2]), { home: FOURIER, inUse: undefined })).toBe(FOURIER);
  });

  test("never by forgetting where that is closed, even where it was in use", () => {
    const isOpen = (own: Own) => own !== FADING;
    expect(believedAfter(times(50, [0.5, 0.5, 0.2, 0.1]), { home: FOURIER, inUse: FADING, isOpen })).toBe(FOURIER);
    expect(believedAfter(times(50, [0.5, 0.12, 0.2, 0.1]), { home: FOURIER, inUse: FADING, isOpen })).toBe(LINEAR);
  });
});
