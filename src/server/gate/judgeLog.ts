/** Two versions on the newest closed decisions of a policy. */

import { scoresOf } from "../../core/decide/scores.ts";
import type { TimeMs } from "../../core/domain.ts";
import type { Scores } from "../../core/explore/explorer.ts";
import { FIRST_COLUMNS } from "../../core/features/schema.ts";
import { Comparison } from "../../core/gate/comparison.ts";
import { countsOf, Foresight, judgedDecision, leftOutOf } from "../../core/gate/judge.ts";
import { type Finding, findingOf } from "../../core/gate/verdict.ts";
import type { DecisionRecord } from "../../core/log/records.ts";
import type { LogEntry } from "../../core/logs/entry.ts";
import { canaryNamed } from "../../core/variants/canary.ts";
import type { LoadedModel } from "../../ports/models.ts";
import type { Scorer } from "../../ports/scorer.ts";

export interface LogJudgement extends Finding {
  readonly from?: TimeMs;
  readonly to?: TimeMs;
  readonly leftOut: { readonly [reason: string]: number };
}

export interface JudgeParts {
  /** In the order of their times. */
  readonly entries: AsyncIterable<LogEntry>;
  readonly current: LoadedModel;
  readonly candidate: LoadedModel;
  /** Variants whose decisions count; those of canaries count for the variant that they were taken from. */
  readonly variants: readonly string[];
  readonly lossMax: number;
}

const COUNT_COLUMN = FIRST_COLUMNS.indexOf("item.count");

/** Cost: two model calls and three laws a decision, about 0.2 ms at 100 candidates. */
export async function judgeLog({ entries, variants, lossMax, ...models }: JudgeParts): Promise<LogJudgement> {
  const [current, candidate] = [models.current.hold(), models.candidate.hold()];
  const comparison = new Comparison();
  const foresight = new Foresight();
  const leftOut: { [reason: string]: number } = {};
  let from: TimeMs | undefined;
  let to: TimeMs | undefined;
  const leave = (reason: string) => {
    leftOut[reason] = (leftOut[reason] ?? 0) + 1;
  };
  for await (const { record, rewards } of entries) {
    const { variant } = record;
    if (!variants.includes(canaryNamed(variant)?.arm ?? variant)) continue;
    const reason = leftOutOf(record, rewards);
    const scores = reason === undefined ? await bothScores(record, current, candidate) : undefined;
    if (scores === undefined) {
      leave(reason ?? "not scored");
      continue;
    }
    const reward = record.slots.map((_, slot) => rewards.bySlot?.[slot] ?? 0);
    const judged = judgedDecision(record, { ...scores, predicted: foresight.of(record.score), reward });
    if (judged === undefined) leave("draw not repeated");
    else comparison.add(judged);
    foresight.learn(record, reward);
    from ??= record.at;
    to = record.at;
  }
  await Promise.all([current.release(), candidate.release()]);
  return { ...findingOf(comparison.value(), lossMax), from, to, leftOut };
}

async function bothScores(
  record: DecisionRecord,
  current: Scorer,
  candidate: Scorer,
): Promise<{ readonly current: Scores; readonly candidate: Scores } | undefined> {
  const [ofCurrent, ofCandidate] = [await scored(record, current), await scored(record, candidate)];
  return ofCurrent && ofCandidate && { current: ofCurrent, candidate: ofCandidate };
}

/** As they were logged, where this version logged them. */
async function scored(record: DecisionRecord, scorer: Scorer): Promise<Scores | undefined> {
  const { modelVersion, score, uncertainty, items, columns, candidates } = record;
  if (modelVersion === scorer.version) return { score, uncertainty };
  if (candidates === undefined) return undefined;
  const request = {
    dense: candidates,
    n: items.length,
    columns,
    counts: countsOf(record, COUNT_COLUMN),
    ids: items,
  };
  return scoresOf(scorer.scoreNow?.(request) ?? (await scorer.score(request)), items.length);
}
