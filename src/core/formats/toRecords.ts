/**
 * Logged decisions of files → log records: declared items, the ranking with what it was drawn with, the rewards. People
 * become pseudonyms here. Items without a name are known by their number in the list, so their features come with
 * every decision and are no property of theirs.
 */
import type { Subject, TimeMs } from "../domain.ts";
import { type ItemRecord, type RankingRecord, RecordKind, type RewardRecord } from "../log/records.ts";
import { murmur3 } from "../math/murmur3.ts";
import type { LoggedDecision } from "./decision.ts";
import { itemNames } from "./names.ts";

export type DecisionRecords = readonly [RankingRecord, ...(ItemRecord | RewardRecord)[]];

/** Items whose declared features are remembered, so that they are not declared again while they stay the same. */
const DECLARED_MAX = 200_000;

export class RecordsOfDecisions {
  private readonly declared = new Map<string, number>();
  private readonly pseudonym: (kind: "user" | "session", id: string) => Subject;
  private time: TimeMs;
  private nameless = 0;

  /** @param now time of decisions until one of them has a time of its own. */
  constructor(pseudonym: (kind: "user" | "session", id: string) => Subject, now: TimeMs) {
    this.pseudonym = pseudonym;
    this.time = now;
  }

  /** The ranking first. Undefined: nothing is to be learned, for no slot has a reward or the file says so. */
  of(decision: LoggedDecision): DecisionRecords | undefined {
    const shown = decision.slots.filter(({ reward }) => reward !== undefined);
    if (shown.length === 0 || decision.skipLearn === true) return undefined;
    if (decision.at !== undefined) this.time = decision.at;
    const at = this.time;
    const names = itemNames(decision);
    const id = decision.id ?? this.nameOf(decision);
    const known = shown.flatMap(({ propensity }) => (propensity === undefined ? [] : [propensity]));
    const ranking: RankingRecord = {
      kind: RecordKind.ranking,
      id,
      subject: decision.user === undefined ? undefined : this.pseudonym("user", decision.user),
      session: decision.session === undefined ? undefined : this.pseudonym("session", decision.session),
      context: decision.context,
      items: decision.items.map(({ id: named, features }, i) =>
        named === undefined && features !== undefined ? { id: names[i], features } : { id: names[i] },
      ),
      slots: shown.map(({ itemIndex }) => itemIndex),
      propensity: known.length === shown.length ? known : undefined,
      at,
    };
    const rewards = shown.map(
      ({ itemIndex, reward = 0 }, l): RewardRecord => ({
        kind: RecordKind.reward,
        ...{ decision: id, item: names[itemIndex], value: reward, rewardId: `${id}.${l + 1}`, at },
      }),
    );
    return [ranking, ...this.fresh(decision, names, at), ...rewards];
  }

  /** Named items whose features are new or have changed. */
  private fresh(decision: LoggedDecision, names: readonly string[], at: TimeMs): ItemRecord[] {
    return decision.items.flatMap(({ id, features }, i) => {
      if (id === undefined || features === undefined) return [];
      const digest = murmur3(JSON.stringify(features), 0);
      if (this.declared.get(names[i]) === digest) return [];
      if (this.declared.size >= DECLARED_MAX) this.declared.clear();
      this.declared.set(names[i], digest);
      return [{ kind: RecordKind.item, id: `${names[i]} ${digest} ${at}`, item: names[i], features, at }];
    });
  }

  /** A name that the same decision of the same file gets again. */
  private nameOf(decision: LoggedDecision): string {
    const text = JSON.stringify(decision);
    const hex = [1, 2].map((seed) => murmur3(text, seed).toString(16).padStart(8, "0")).join("");
    return `file.${++this.nameless}.${hex}`;
  }
}
