/** Who and what a simulated world consists of: declared features that a ranker sees, hidden traits that it does not. */
import type { ItemId } from "../domain.ts";
import type { Noise } from "./noise.ts";

export const GENRES = [
  "action",
  "comedy",
  "crime",
  "documentary",
  "drama",
  "family",
  "fantasy",
  "horror",
  "music",
  "romance",
  "sci-fi",
  "thriller",
] as const;
export const SEGMENTS = ["young", "family", "enthusiast", "senior"] as const;
export const DEVICES = ["mobile", "desktop", "tv"] as const;
const MAKERS_N = 15;

/** What a ranker may know of an item. `price` in euros, `length` in minutes, `freshness` in (0, 1), 1 = just out. */
export type ItemFeatures = {
  readonly genre: readonly string[];
  readonly maker: string;
  readonly price: number;
  readonly length: number;
  readonly freshness: number;
};

export interface WorldItem {
  readonly id: ItemId;
  readonly features: ItemFeatures;
  /** Indices into GENRES, 1 to 3 of them. */
  readonly genres: readonly number[];
  /** Hidden, logits: the maker's share and the item's own. */
  readonly quality: number;
  /** Length and price as standard scores, roughly in [−2, 2]. */
  readonly lengthScore: number;
  readonly priceScore: number;
}

/** What a ranker may know of a user. */
export type UserFeatures = { readonly segment: string };

export interface WorldUser {
  readonly id: string;
  readonly features: UserFeatures;
  readonly segment: number;
  /** Index into DEVICES of the device used in 7 of 10 visits. */
  readonly device: number;
  /** Hidden, logits by genre, length 12. */
  readonly taste: Float64Array;
}

/** Standard deviations, in logits, of the hidden traits. */
export interface Spread {
  readonly quality: number;
  readonly maker: number;
  readonly taste: number;
}

export function drawItems(noise: Noise, { n, spread }: { readonly n: number; readonly spread: Spread }): WorldItem[] {
  return Array.from({ length: n }, (_, i) => {
    const genres = drawGenres(noise, i);
    const maker = Math.floor(MAKERS_N * noise.uniform("item/maker", i) ** 1.5);
    const lengthScore = clip(noise.normal("item/length", i));
    const priceScore = clip(noise.normal("item/price", i));
    return {
      id: `item-${String(i).padStart(4, "0")}`,
      features: {
        genre: genres.map((g) => GENRES[g]),
        maker: `maker-${String(maker).padStart(2, "0")}`,
        price: Math.round(100 * 9 * Math.exp(0.4 * priceScore)) / 100,
        length: Math.round(95 + 22 * lengthScore),
        freshness: Math.round(1000 * noise.uniform("item/freshness", i)) / 1000,
      },
      genres,
      quality: spread.quality * noise.normal("item/quality", i) + spread.maker * noise.normal("maker/quality", maker),
      lengthScore,
      priceScore,
    };
  });
}

export function drawUsers(noise: Noise, { n, spread }: { readonly n: number; readonly spread: Spread }): WorldUser[] {
  return Array.from({ length: n }, (_, u) => {
    const segment = noise.below("user/segment", { a: u, n: SEGMENTS.length });
    return {
      id: `user-${String(u).padStart(5, "0")}`,
      features: { segment: SEGMENTS[segment] },
      segment,
      device: noise.below("user/device", { a: u, n: DEVICES.length }),
      taste: Float64Array.from(GENRES, (_, g) => spread.taste * noise.normal("user/taste", u, g)),
    };
  });
}

function drawGenres(noise: Noise, i: number): number[] {
  const n = 1 + noise.below("item/genres", { a: i, n: 3 });
  const chosen: number[] = [];
  for (let attempt = 0; chosen.length < n; attempt++) {
    const genre = noise.below("item/genre", { a: i, b: attempt, n: GENRES.length });
    if (!chosen.includes(genre)) chosen.push(genre);
  }
  return chosen;
}

function clip(x: number): number {
  return Math.max(-2, Math.min(2, x));
}
