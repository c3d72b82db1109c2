/** The answer of Personalizer's rank, from the request and the log line alone. */
import type { RankRequest } from "../../decide/rankRequest.ts";
import { replayOf } from "../../decide/replay.ts";
import type { ItemId } from "../../domain.ts";
import { privatePlackettLuce } from "../../explore/privatePlackettLuce.ts";
import type { DecisionRecord } from "../../log/records.ts";

export interface RankedAction {
  readonly id: ItemId;
  /** Of being chosen; left out where the policy's privacy claim forbids to tell. */
  readonly probability?: number;
}

export interface RankAnswer {
  readonly ranking: readonly RankedAction[];
  readonly eventId: string;
  readonly rewardActionId: ItemId;
}

/**
 * Excluded actions keep their place with probability 0; among the others the chosen one comes first, then the likelier
 * ones, then the caller's order. The chosen one's probability is the propensity that the line holds.
 */
export function rankAnswer(record: DecisionRecord, { items }: Pick<RankRequest, "items">): RankAnswer {
  const chosen = record.slots[0];
  const hidden = record.explorer === privatePlackettLuce.name;
  const pmf = hidden ? undefined : replayOf(record).pmf[0];
  const share = (index: number) => (index === chosen ? record.propensity[0] : (pmf?.[index] ?? 0));
  const others = record.items.map((_, index) => index).filter((index) => index !== chosen);
  if (!hidden) others.sort((a, b) => share(b) - share(a) || a - b);
  const order = [chosen, ...others];
  const eligible = new Set(record.items);
  let next = 0;
  const ranking = items.map(({ id }): RankedAction => {
    if (!eligible.has(id)) return hidden ? { id } : { id, probability: 0 };
    const index = order[next++];
    return hidden ? { id: record.items[index] } : { id: record.items[index], probability: share(index) };
  });
  return { ranking, eventId: record.id, rewardActionId: record.items[chosen] };
}
