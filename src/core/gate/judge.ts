/** One logged decision as two versions would have decided it: same explorer, parameters, floor, pins and seed. */
import { replayOf } from "../decide/replay.ts";
import { listTerms, type TargetList } from "../estimators/cascade.ts";
import { addPoint, emptyLine, type LineSums, lineOf } from "../estimators/line.ts";
import { pmfsAlong } from "../explore/draw.ts";
import type { Scores } from "../explore/explorer.ts";
import { explorerOf } from "../explore/explorers.ts";
import type { DecisionRecord } from "../log/records.ts";
import type { FinalRewards } from "../logs/entry.ts";
import type { JudgedDecision } from "./comparison.ts";

/** Why a decision says nothing here; undefined: it can be judged. */
export function leftOutOf(record: DecisionRecord, rewards: FinalRewards): string | undefined {
  if (record.served !== "model") return `served ${record.served}`;
  if (rewards.state !== "closed" || rewards.bySlot === undefined) return rewards.state;
  if (record.noise !== undefined) return "private";
  return record.full ? undefined : "not logged in full";
}

/** Times each candidate was shown, from the column that holds log(1 + n). @param column −1 where there is none. */
export function countsOf({ candidates, columns, items }: DecisionRecord, column: number): Float32Array {
  return Float32Array.from(items, (_, i) =>
    candidates === undefined || column < 0 || column >= columns
      ? 0
      : Math.round(Math.expm1(candidates[i * columns + column])),
  );
}

/**
 * The reward foreseen by the score that was logged before it came, on the line that earlier decisions give: it knows
 * nothing of this decision's rewards, whatever a score means.
 */
export class Foresight {
  private sums: LineSums = emptyLine;

  of(score: Float32Array): Float64Array {
    return Float64Array.from(score, lineOf(this.sums));
  }

  learn({ slots, score }: DecisionRecord, reward: ArrayLike<number>): void {
    for (let slot = 0; slot < slots.length; slot++)
      this.sums = addPoint(this.sums, { x: score[slots[slot]], y: reward[slot] });
  }
}

/** Undefined where the line does not repeat its own draw. Cost: three laws of the explorer. @throws what laws throw */
export function judgedDecision(
  record: DecisionRecord,
  given: {
    readonly current: Scores;
    readonly candidate: Scores;
    readonly predicted: ArrayLike<number>;
    readonly reward: ArrayLike<number>;
  },
): JudgedDecision | undefined {
  const { predicted, reward } = given;
  const logged = replayOf(record);
  if (!logged.same) return undefined;
  const { slots, propensity, subject = record.session } = record;
  const list = { propensity, reward, foreseen: slots.map((item) => predicted[item]) };
  const pmfs = (scores: Scores) =>
    pmfsAlong({ ...record, explorer: explorerOf(record.explorer), scores, slots: slots.length }, slots);
  const candidate = pmfs(given.candidate);
  return {
    subject,
    reward,
    current: listTerms(targetOf(pmfs(given.current), slots, predicted), list),
    candidate: listTerms(targetOf(candidate, slots, predicted), list),
    unsupported: unsupportedOf(candidate, logged.pmf),
  };
}

function targetOf(pmf: readonly Float64Array[], slots: readonly number[], predicted: ArrayLike<number>): TargetList {
  const expected = pmf.map((law) => law.reduce((sum, p, i) => sum + p * predicted[i], 0));
  return { probability: pmf.map((law, slot) => law[slots[slot]]), expected };
}

function unsupportedOf(pmf: readonly ArrayLike<number>[], logged: readonly ArrayLike<number>[]): number {
  let mass = 0;
  for (let slot = 0; slot < pmf.length; slot++)
    for (let i = 0; i < pmf[slot].length; i++) if (logged[slot][i] === 0) mass += pmf[slot][i];
  return pmf.length === 0 ? 0 : mass / pmf.length;
}
