/**
 * Coefficients of an item's own on the request's columns (disjoint, second-order), for the busiest items. The truth is
 * one block of exact integer sums an item, over constant, columns and random features; two variants read it: columns
 * alone, which are its leading part, and all of it. Their running posteriors are caches (`online.ts`). The third,
 * `fading`, forgets: it is a running posterior and nothing else, so it is resumed but never merged.
 */
import { addRow, type Block, correctRow, emptyBlock } from "./blocks.ts";
import {
  fullOrder,
  layoutOf,
  linearOrder,
  type OwnLayout,
  precisionOf,
  quantiseOwn,
  standardised,
} from "./itemLayout.ts";
import {
  correctOnline,
  driftOnline,
  emptyOnline,
  learnOnline,
  type Online,
  onlineOf,
  predictOnline,
  type Solved,
  solveSums,
} from "./online.ts";
import { lowerFactor, transposed } from "./packed.ts";
import { quantiseReward, type Scale, UNIT } from "./scale.ts";

/** What reads an item's sums. */
export const OWN_VARIANTS = ["linear", "fourier", "fading"] as const;
export type OwnVariant = (typeof OWN_VARIANTS)[number];
/** What is believed first. */
export const FOURIER = 1;
/** What forgets. */
export const FADING = 2;
/** Rows of the policy after which a fading coefficient that saw nothing is half way back to its prior. */
const HALF_LIFE = 4_096;
/** Rows over which a fading variant's noise is measured: a surprise widens it soon. */
const NOISE_ROWS = 512;

export interface OwnItem {
  /** Log position of the first row in its sums. */
  readonly born: number;
  readonly sums: Block;
  /** By variant. */
  readonly online: readonly Online[];
  /** Row up to which its fading coefficients have drifted. */
  drifted: number;
}

export interface OwnRow {
  readonly item: string;
  readonly dense: Float32Array;
  readonly reward: number;
}

/** What a layout begins with. */
export interface OwnStart {
  readonly from: number;
  /** Items by how often they were shown. */
  readonly busiest: readonly string[];
  /** Rows so far, for what the request's columns are like; may be none. */
  readonly rows: readonly { readonly dense: Float32Array }[];
}

/** Prior of the noise, as in `solve.ts`. */
const PRIOR_ROWS = 4;
const PRIOR_VARIANCE = 0.1;

export class ItemBlocks {
  layout: OwnLayout | undefined;
  items = new Map<string, OwnItem>();
  /** Rows of each item since the last look. */
  shown = new Map<string, number>();
  /** Rows in the sums; of all items since the layout began; those that the fading noise is measured over. */
  rows = 0;
  clock = 0;
  noiseRows = 0;
  /** Sum of squared errors by variant. */
  errors = new Float64Array(OWN_VARIANTS.length);
  scale: Scale;

  constructor(scale: Scale) {
    this.scale = scale;
  }

  /** A new layout for a new epoch: nothing is learned yet. */
  begin(columns: Int32Array, scale: Scale, { from, busiest, rows }: OwnStart): void {
    const seen = rows.map(({ dense }) => standardised(dense, columns, scale));
    this.layout = layoutOf(columns, { from, items: busiest.length, seen });
    this.scale = { ...scale, centre: scale.centre.slice(), scale: scale.scale.slice() };
    this.items = new Map();
    this.rows = this.clock = this.noiseRows = 0;
    this.errors.fill(0);
    const { layout } = this;
    if (layout !== undefined) for (const id of busiest.slice(0, layout.itemsMax)) this.take(id, from, layout);
  }

  /** What items taught has stopped being true: each begins again. @param from log position of the next row. */
  forget(from: number): void {
    const { layout } = this;
    if (layout === undefined) return;
    const ids = [...this.items.keys()];
    this.items = new Map();
    this.rows = this.clock = this.noiseRows = 0;
    this.errors.fill(0);
    for (const id of ids) this.take(id, from, layout);
  }

  /** @param fresh folded for an epoch: caches are made afterwards, by `solveAll`. Cost: 2·order², or order²/2. */
  learn(row: OwnRow, position: number, fresh = false): void {
    const { layout, shown } = this;
    if (layout === undefined) return;
    this.clock++;
    if (!fresh) shown.set(row.item, (shown.get(row.item) ?? 0) + 1);
    const item = this.items.get(row.item) ?? this.take(row.item, position, layout);
    if (item === undefined) return;
    const q = quantiseOwn(row.dense, layout, this.scale);
    const steps = quantiseReward(row.reward, this.scale.rewardUnit);
    addRow(item.sums, q, steps, 1);
    this.rows++;
    this.drift(item);
    const value = this.valueOf(row.reward);
    this.each(item, q, (online, f, k) => (fresh && k !== FADING ? 0 : learnOnline(online, { f, reward: value }, 1)));
  }

  correct(row: OwnRow, after: number, learnedAt: number): void {
    const found = this.find(row, learnedAt);
    if (found === undefined) return;
    const { item, q } = found;
    const { rewardUnit } = this.scale;
    correctRow(item.sums, q, quantiseReward(row.reward, rewardUnit), quantiseReward(after, rewardUnit));
    const change = { before: this.valueOf(row.reward), after: this.valueOf(after) };
    this.each(item, q, (online, f) => correctOnline(online, { f, ...change }));
  }

  unlearn(row: OwnRow, learnedAt: number): void {
    const found = this.find(row, learnedAt);
    if (found === undefined) return;
    const { item, q } = found;
    addRow(item.sums, q, quantiseReward(row.reward, this.scale.rewardUnit), -1);
    this.rows--;
    const value = this.valueOf(row.reward);
    this.each(item, q, (online, f, k) => (k === FADING ? 0 : learnOnline(online, { f, reward: value }, -1)));
  }

  /** Whether so many rows are folded sooner into sums that are then solved than one by one. */
  isSolvedFaster(rows: number): boolean {
    return this.layout !== undefined && rows > this.items.size * fullOrder(this.layout);
  }

  /** Caches anew from the sums. Cost: about n³ an item and variant. */
  solveAll(): void {
    this.errors.fill(0, 0, FADING);
    for (const [id, item] of this.items) {
      const online = item.online.map((running, k) => {
        if (k === FADING) return running;
        const solved = this.solved(item, k);
        this.errors[k] += solved.errors;
        return onlineOf(solved);
      });
      this.items.set(id, { ...item, online });
    }
  }

  solved(item: OwnItem, variant: number): Solved {
    return solveSums(item.sums, this.precision(variant), this.scale.rewardUnit);
  }

  /** Weights, and a triangular M with M·Mᵀ the covariance, row-major; a fading variant's as of now. Cost: about n³/2. */
  factored(item: OwnItem, variant: number): { weights: Float64Array; factor: Float64Array } {
    const precision = this.precision(variant);
    if (variant !== FADING) {
      const { weights, inverse } = this.solved(item, variant);
      return { weights, factor: transposed(inverse, precision.length) };
    }
    const { covariance, weights } = item.online[variant];
    const now = { covariance: covariance.slice(), weights: weights.slice() };
    driftOnline(now, precision, this.keepOf(item));
    return { weights: now.weights, factor: lowerFactor(now.covariance, precision.length) };
  }

  /** Noise variance of a variant, posterior mean under an inverse-gamma prior. */
  sigma2(variant: number): number {
    const size = (1024 * this.scale.rewardUnit) ** 2;
    const rows = variant === FADING ? this.noiseRows : this.rows;
    return (Math.max(0, this.errors[variant]) + PRIOR_ROWS * PRIOR_VARIANCE * size) / (rows + PRIOR_ROWS);
  }

  /** What a row reads, in units of φ: the same for every item. Undefined where there is no layout. */
  read(dense: Float32Array): Float64Array | undefined {
    const { layout } = this;
    return layout && quantiseOwn(dense, layout, this.scale).map((value) => value / UNIT);
  }

  /** Whether an item that comes now gets coefficients of its own: then it is met with their prior. */
  get open(): boolean {
    return this.layout !== undefined && this.items.size < this.layout.itemsMax;
  }

  /** Mean and variance of an item that has coefficients of its own, or may get them. @param f from `read`. Cost: order²/2. */
  predict(id: string, variant: number, f: Float64Array): { mean: number; variance: number } | undefined {
    const item = this.items.get(id);
    if (item === undefined && !this.open) return undefined;
    const prior = this.prior(variant, f);
    if (item === undefined) return { mean: 0, variance: prior * this.sigma2(variant) };
    const online = item.online[variant];
    const { mean, spread } = predictOnline(online, f.subarray(0, online.weights.length));
    const keep = variant === FADING ? this.keepOf(item) : 1;
    const wide = keep * keep * spread + (1 - keep * keep) * prior;
    return { mean: keep * mean, variance: wide * this.sigma2(variant) };
  }

  /** What is left of a fading coefficient since its item was last shown. */
  keepOf({ drifted }: OwnItem): number {
    return 2 ** ((drifted - this.clock) / HALF_LIFE);
  }

  private drift(item: OwnItem): void {
    driftOnline(item.online[FADING], this.precision(FADING), this.keepOf(item));
    item.drifted = this.clock;
    const keep = 1 - 1 / NOISE_ROWS;
    this.errors[FADING] *= keep;
    this.noiseRows = this.noiseRows * keep + 1;
  }

  private prior(variant: number, f: Float64Array): number {
    return this.precision(variant).reduce((sum, precision, i) => sum + f[i] ** 2 / precision, 0);
  }

  /** Means alone, by variant. */
  means(id: string, f: Float64Array): number[] | undefined {
    const item = this.items.get(id);
    return item?.online.map(({ weights }, k) => {
      const keep = k === FADING ? this.keepOf(item) : 1;
      return keep * weights.reduce((sum, w, i) => sum + w * f[i], 0);
    });
  }

  /** The least busy item gives way to a much busier one that has nothing of its own; its sums begin here. */
  look(): void {
    const { layout, shown } = this;
    if (layout !== undefined && this.items.size >= layout.itemsMax) {
      const count = (id: string) => shown.get(id) ?? 0;
      const waiting = [...shown.keys()].filter((id) => !this.items.has(id)).sort((a, b) => count(b) - count(a));
      const idle = [...this.items.keys()].sort((a, b) => count(a) - count(b));
      for (let i = 0; i < Math.min(waiting.length, idle.length); i++) {
        if (count(waiting[i]) <= 2 * count(idle[i]) + 1) break;
        this.items.delete(idle[i]);
      }
    }
    shown.clear();
  }

  /** "none" where no variant is in use. */
  nameOf(variant: number | undefined): OwnVariant | "none" {
    return variant === undefined || this.layout === undefined ? "none" : OWN_VARIANTS[variant];
  }

  precision(variant: number): Float64Array {
    const { layout } = this;
    if (layout === undefined) return new Float64Array(0);
    return precisionOf(layout).subarray(0, variant === 0 ? linearOrder(layout) : fullOrder(layout));
  }

  private take(id: string, position: number, layout: OwnLayout): OwnItem | undefined {
    if (this.items.size >= layout.itemsMax) return undefined;
    const online = OWN_VARIANTS.map((_, k) => emptyOnline(this.precision(k)));
    const item = { born: position, sums: emptyBlock(position, fullOrder(layout)), online, drifted: this.clock };
    this.items.set(id, item);
    return item;
  }

  private find(row: OwnRow, learnedAt: number): { item: OwnItem; q: Float64Array } | undefined {
    const { layout } = this;
    const item = this.items.get(row.item);
    if (layout === undefined || item === undefined || learnedAt < item.born) return undefined;
    return { item, q: quantiseOwn(row.dense, layout, this.scale) };
  }

  private each(
    item: OwnItem,
    q: Float64Array,
    change: (online: Online, f: Float64Array, variant: number) => number,
  ): void {
    const f = q.map((value) => value / UNIT);
    item.online.forEach((online, k) => {
      this.errors[k] += change(online, f.subarray(0, online.weights.length), k);
    });
  }

  private valueOf(reward: number): number {
    return quantiseReward(reward, this.scale.rewardUnit) * this.scale.rewardUnit;
  }
}
