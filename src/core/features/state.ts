/**
 * What happened to items and users of one policy: a fold over the joined log's operations. Every number is bounded by
 * a named bound; over it the entry that changed longest ago goes. Reading never changes it.
 */
import type { ItemId, Subject, TimeMs } from "../domain.ts";
import { canonical, Vectors } from "../embed/vectors.ts";
import type { LearnOperation, Operation, PositiveOperation, UnlearnOperation } from "../join/operations.ts";
import { OperationKind } from "../join/operations.ts";
import { allTokens, type Catalogue, type CatalogueItem } from "./catalogue.ts";
import { UserMemory } from "./memory.ts";
import { itemKey, PairTable, tokenKey } from "./pairTable.ts";
import { type CountedRow, discount, emptyRateChange, type RateChange, testRate } from "./rateChange.ts";

/** Pseudo-observations of a smoothed rate: towards the policy's mean for items, towards the item for segments. */
export const RATE_PRIOR = 10;
export const TOKEN_RATE_PRIOR = 50;
/** Shown rows that the recent rate of an item, or of a token in a segment, remembers. */
export const RECENT_ROWS = 100;

/**
 * n shown rows and the sum of their rewards. Of tokens it may fall below 0: a row that was not seen leaves by the
 * item's tokens as they are then.
 */
export interface Tally {
  n: number;
  sum: number;
}

/** With the same exponentially forgotten, over about `RECENT_ROWS` rows. */
export interface RecentTally extends Tally {
  recentN: number;
  recentSum: number;
}

export interface ItemStats extends RecentTally {
  readonly id: ItemId;
  readonly index: number;
  lastPositiveAt: TimeMs;
}

export interface FeatureBounds {
  readonly featureUsersMax: number;
  readonly pairRatesMax: number;
}

const NONE = new Int32Array(0);

export class FeatureState {
  readonly items = new Map<ItemId, ItemStats>();
  readonly byIndex: ItemStats[] = [];
  readonly users = new Map<Subject, UserMemory>();
  /** n and sum of each token, side by side, by token id. */
  tokens: Float64Array = new Float64Array(0);
  /** Number of each segment ("context.device=phone"), in order of first sight. */
  readonly segments = new Map<string, number>();
  /** What happened under a segment to items and to tokens. */
  readonly pairTable = new PairTable();
  readonly total: Tally = { n: 0, sum: 0 };
  /** Whether rates of all time have stopped being true. */
  rateChange: RateChange = emptyRateChange();
  /** Grows with every operation: what is worked out from this state stands while it stands. */
  changes = 0;
  /** Evaluation only: what happened to items stands still, users' own memories go on. */
  itemsFrozen = false;
  /** False only where it is measured what forgetting is worth: recent rates are then those of all time. */
  forgets = true;
  /** Training from a file only: pairs of tokens with segments are kept for these fields; undefined: for all. */
  pairFields: ReadonlySet<number> | undefined;
  /** In force from the log line that brought them. */
  vectors: Vectors | undefined;
  /** Tallies not kept because of `pairRatesMax`. */
  pairsRefused = 0;

  readonly catalogue: Catalogue;
  readonly bounds: FeatureBounds;
  /** By index of the item: its declared features as of `changes` of the catalogue. */
  private readonly declaredAt: ({ changes: number; item: CatalogueItem | undefined } | undefined)[] = [];

  constructor(catalogue: Catalogue, bounds: FeatureBounds = { featureUsersMax: 100_000, pairRatesMax: 1_000_000 }) {
    this.catalogue = catalogue;
    this.bounds = bounds;
  }

  /** Tallies kept of pairs. */
  get pairs(): number {
    return this.pairTable.size;
  }

  /** Policy-wide mean reward of a shown row, smoothed by one row of 0. In the unit of rewards. */
  get meanReward(): number {
    return this.total.sum / (this.total.n + 1);
  }

  rate(item: ItemStats): number {
    return (item.sum + RATE_PRIOR * this.meanReward) / (item.n + RATE_PRIOR);
  }

  apply(operation: Operation): void {
    this.changes++;
    if (operation.kind === OperationKind.positive) this.positive(operation);
    else if (operation.kind === OperationKind.learn) this.learn(operation);
    else if (operation.kind === OperationKind.unlearn) this.unlearn(operation);
    else if (operation.kind === OperationKind.vectors) this.vectors = new Vectors(canonical(operation));
  }

  item(id: ItemId): ItemStats {
    const known = this.items.get(id);
    if (known !== undefined) return known;
    const fresh: ItemStats = {
      id,
      index: this.byIndex.length,
      n: 0,
      sum: 0,
      recentN: 0,
      recentSum: 0,
      lastPositiveAt: 0,
    };
    this.items.set(id, fresh);
    this.byIndex.push(fresh);
    return fresh;
  }

  private positive(operation: PositiveOperation): void {
    const item = this.item(operation.item);
    const before = this.rate(item);
    if (operation.settled) this.rateChange.late += Math.abs(operation.delta);
    if (!this.itemsFrozen) this.rewarded(item, operation);
    if (operation.subject === undefined) return;
    this.memory(operation.subject).observe(operation.decision, {
      item: item.index,
      reward: operation.reward,
      expected: before,
    });
  }

  private rewarded(item: ItemStats, operation: PositiveOperation): void {
    item.sum += operation.delta;
    addRecent(item, 0, operation.delta);
    this.total.sum += operation.delta;
    if (operation.delta > 0 && operation.at > item.lastPositiveAt) item.lastPositiveAt = operation.at;
    this.tally(item, operation.segments, 0, operation.delta);
  }

  private learn(operation: LearnOperation): void {
    const memory = operation.subject === undefined ? undefined : this.memory(operation.subject);
    for (let row = 0; row < operation.items.length; row++) {
      const item = this.item(operation.items[row]);
      const before = this.rate(item);
      const counted = { item: item.index, segments: operation.segments, reward: operation.rewards[row] };
      const told = { rate: before, score: operation.scores?.[row], counted };
      if (!this.itemsFrozen) this.impression(item, operation.segments, operation.base);
      if (this.forgets && !this.itemsFrozen && testRate(this.rateChange, told))
        discount(this, (counted, times) => this.count(counted, times));
      memory?.pass(operation.decision, { item: item.index, reward: operation.rewards[row], expected: before });
    }
  }

  private impression(item: ItemStats, segments: readonly string[], base: number): void {
    this.total.n++;
    this.total.sum += base;
    this.count({ item: item.index, segments, reward: base }, 1);
  }

  /** A shown row enters, or leaves, all tallies but the policy's own. */
  private count({ item: index, segments, reward }: CountedRow, times: 1 | -1): void {
    const item = this.byIndex[index];
    item.n += times;
    item.sum += times * reward;
    addRecent(item, times, reward);
    this.tally(item, segments, times, times * reward);
  }

  private unlearn(operation: UnlearnOperation): void {
    const item = this.item(operation.item);
    // Rows from before a change may be more than what is left of them.
    if (item.n >= 1) item.sum -= operation.before;
    item.n = Math.max(0, item.n - 1);
    this.total.n--;
    this.total.sum -= operation.before;
    this.tally(item, operation.segments, -1, -operation.before);
    if (operation.subject !== undefined) this.users.get(operation.subject)?.forget(operation.decision, item.index);
  }

  /** Adds to the tallies of the item's tokens and of its pairs with segments. */
  private tally(item: ItemStats, segments: readonly string[], n: number, sum: number): void {
    const declared = this.declared(item);
    if (declared !== undefined) this.tallyTokens(allTokens(declared), n, sum);
    for (let k = 0; k < segments.length; k++) {
      const segment = this.segment(segments[k]);
      if (segment === undefined) continue;
      const pair = this.pair(segment, itemKey(item.index));
      if (pair >= 0) this.pairTable.add(pair, n, sum);
      if (declared === undefined) continue;
      if (this.pairFields === undefined) this.tallyPairs(segment, allTokens(declared), n, sum);
      else for (const field of this.pairFields) this.tallyPairs(segment, declared.tokens.get(field) ?? NONE, n, sum);
    }
  }

  /** A row that was not seen after all (n < 0) is left to be forgotten. */
  private tallyPairs(segment: number, tokens: Int32Array, n: number, sum: number): void {
    const keep = n > 0 ? 1 - 1 / RECENT_ROWS : 1;
    for (let k = 0; k < tokens.length; k++) {
      const pair = this.pair(segment, tokenKey(tokens[k]));
      if (pair < 0) continue;
      this.pairTable.add(pair, n, sum);
      if (n >= 0) this.pairTable.addRecent(pair, { n, sum, keep });
    }
  }

  private tallyTokens(tokens: Int32Array, n: number, sum: number): void {
    for (let k = 0; k < tokens.length; k++) {
      const at = 2 * tokens[k];
      if (at >= this.tokens.length) this.widenTokens(at);
      this.tokens[at] += n;
      if (sum !== 0) this.tokens[at + 1] += sum;
    }
  }

  private widenTokens(at: number): void {
    const wide = new Float64Array(Math.max(2 * at + 2, 1024));
    wide.set(this.tokens);
    this.tokens = wide;
  }

  /** A token's mean reward, smoothed towards the policy's by `TOKEN_RATE_PRIOR` rows. */
  tokenRate(token: number, mean: number): number {
    const at = 2 * token;
    if (at >= this.tokens.length) return mean;
    return (this.tokens[at + 1] + TOKEN_RATE_PRIOR * mean) / (Math.max(0, this.tokens[at]) + TOKEN_RATE_PRIOR);
  }

  /** None when it is new and there is no room for its first pair. */
  private segment(name: string): number | undefined {
    const known = this.segments.get(name);
    if (known !== undefined) return known;
    if (this.pairs >= this.bounds.pairRatesMax) {
      this.pairsRefused++;
      return undefined;
    }
    this.segments.set(name, this.segments.size);
    return this.segments.size - 1;
  }

  /** −1 when it is new and there is no room for it. */
  private pair(segment: number, key: number): number {
    const known = this.pairTable.find(segment, key);
    if (known >= 0) return known;
    if (this.pairs >= this.bounds.pairRatesMax) {
      this.pairsRefused++;
      return -1;
    }
    return this.pairTable.append(segment, key);
  }

  /** The item's declared features as they are now. */
  declared(item: ItemStats): CatalogueItem | undefined {
    const { changes } = this.catalogue;
    const known = this.declaredAt[item.index];
    if (known !== undefined && known.changes === changes) return known.item;
    const declared = this.catalogue.items.get(item.id);
    while (this.declaredAt.length <= item.index) this.declaredAt.push(undefined);
    this.declaredAt[item.index] = { changes, item: declared };
    return declared;
  }

  private memory(subject: Subject): UserMemory {
    let memory = this.users.get(subject);
    if (memory === undefined) memory = new UserMemory();
    else this.users.delete(subject);
    this.users.set(subject, memory);
    if (this.users.size > this.bounds.featureUsersMax) {
      for (const oldest of this.users.keys()) {
        this.users.delete(oldest);
        break;
      }
    }
    return memory;
  }
}

/** A row that was not seen after all (n < 0) is left to be forgotten. */
function addRecent(tally: RecentTally, n: number, sum: number): void {
  if (n < 0) return;
  const keep = n > 0 ? 1 - 1 / RECENT_ROWS : 1;
  tally.recentN = tally.recentN * keep + n;
  tally.recentSum = tally.recentSum * keep + sum;
}
