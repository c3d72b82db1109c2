/**
 * The hidden law of a simulated world. For user u with device d at daypart h (four of six hours) and item i:
 *
 *   P(click) = 1 / (1 + exp(−(base + quality[i] + share(i)·(taste[u] + segmentTaste[segment(u)] + daypartTaste[h])
 *                              + segmentPrice[segment(u)]·price[i] + deviceLength[d]·length[i])))
 *
 * share(i) has 1/√m at each of the item's m genres, so items with many genres are no more extreme. After the drift
 * the qualities are permuted among the items, and segmentTaste (which sums to 0 over segments) and segmentPrice change sign; personal tastes and
 * context effects stay.
 */

import { type Noise, permutation } from "./noise.ts";
import { DEVICES, GENRES, SEGMENTS, type Spread, type WorldItem, type WorldUser } from "./population.ts";

export const DAYPARTS_N = 4;

/** All in logits. The defaults give a mean click rate of 10 – 15 %. */
export interface LawOptions extends Spread {
  readonly base: number;
  readonly segmentTaste: number;
  readonly segmentPrice: number;
  readonly daypartTaste: number;
  readonly deviceLength: number;
}

export const LAW_DEFAULTS: LawOptions = {
  base: -2.6,
  quality: 0.4,
  maker: 0.2,
  taste: 1.05,
  segmentTaste: 0.7,
  segmentPrice: 0.2,
  daypartTaste: 0.2,
  deviceLength: 0.25,
};

/** Where a probability is asked for: indices, and whether the drift has happened. */
export interface Place {
  readonly user: number;
  readonly item: number;
  readonly device: number;
  readonly daypart: number;
  readonly drifted: boolean;
}

export interface Law {
  /** P(click) at position 1, in (0, 1). */
  probability(place: Place): number;
}

/** Cost: users × items numbers of memory for each side of the drift, drawn once. */
export function createLaw(
  noise: Noise,
  {
    items,
    users,
    options,
  }: { readonly items: readonly WorldItem[]; readonly users: readonly WorldUser[]; readonly options: LawOptions },
): Law {
  const segmentTaste = centred(
    table(noise, { stream: "segment/taste", rows: SEGMENTS.length, spread: options.segmentTaste }),
  );
  const daypartTaste = table(noise, { stream: "daypart/taste", rows: DAYPARTS_N, spread: options.daypartTaste });
  const segmentPrice = SEGMENTS.map((_, s) => options.segmentPrice * noise.normal("segment/price", s));
  const deviceLength = DEVICES.map((_, d) => options.deviceLength * (d - 1));
  const exchanged = permutation(noise, { stream: "drift/quality", a: 0, n: items.length });
  const logits = (drifted: boolean): Float64Array => {
    const out = new Float64Array(users.length * items.length);
    const sign = drifted ? -1 : 1;
    for (let u = 0; u < users.length; u++) {
      const { segment, taste } = users[u];
      const total = taste.map((own, g) => own + sign * segmentTaste[segment][g]);
      for (let i = 0; i < items.length; i++) {
        const quality = items[drifted ? exchanged[i] : i].quality;
        const price = sign * segmentPrice[segment] * items[i].priceScore;
        out[u * items.length + i] = options.base + quality + price + affinity(items[i], total);
      }
    }
    return out;
  };
  const before = logits(false);
  const after = logits(true);
  return {
    probability: ({ user, item, device, daypart, drifted }) => {
      const own = (drifted ? after : before)[user * items.length + item];
      const context = affinity(items[item], daypartTaste[daypart]) + deviceLength[device] * items[item].lengthScore;
      return 1 / (1 + Math.exp(-(own + context)));
    },
  };
}

/** Subtracts the mean over the segments, so that a segment's taste says nothing about everybody's. */
function centred(rows: readonly Float64Array[]): Float64Array[] {
  return rows.map((row) => row.map((x, g) => x - rows.reduce((sum, other) => sum + other[g], 0) / rows.length));
}

function affinity(item: WorldItem, taste: Float64Array): number {
  let sum = 0;
  for (const genre of item.genres) sum += taste[genre];
  return sum / Math.sqrt(item.genres.length);
}

function table(
  noise: Noise,
  { stream, rows, spread }: { stream: string; rows: number; spread: number },
): Float64Array[] {
  return Array.from({ length: rows }, (_, row) =>
    Float64Array.from(GENRES, (_, genre) => spread * noise.normal(stream, row, genre)),
  );
}
