/**
 * The answer of POST /v1/rank as text, made from the log line alone: a decision answered once and the same decision
 * answered again from the log are the same bytes but for `tookMs`.
 */
import { quoted } from "../codec/quoted.ts";
import { privatePlackettLuce } from "../explore/privatePlackettLuce.ts";
import type { DecisionRecord } from "../log/records.ts";
import { replayOf } from "./replay.ts";

/** Cost: about 4 µs for 10 slots; `explain` adds a replay of the draw. */
export function answerOf(record: DecisionRecord, asked: { tookMs: number; explain: boolean }): string {
  if (record.explorer === privatePlackettLuce.name) return listOf(record);
  const { slots, propensity, items, score } = record;
  const scored = record.columns > 0;
  let text = `{"decisionId":${quoted(record.id)},"items":[`;
  for (let slot = 0; slot < slots.length; slot++) {
    const itemIndex = slots[slot];
    text += slot === 0 ? '{"id":' : ',{"id":';
    text += `${quoted(items[itemIndex])},"position":${slot + 1},"propensity":${propensity[slot]}`;
    if (scored) text += `,"score":${score[itemIndex]}`;
    if (scored && asked.explain) text += `,"mean":${score[itemIndex]},"uncertainty":${record.uncertainty[itemIndex]}`;
    text += "}";
  }
  text += `],"policy":"${record.policy}","variant":${quoted(record.variant)},"modelVersion":${record.modelVersion}`;
  text += `,"served":"${record.served}","reason":${record.reason === undefined ? "null" : quoted(record.reason)}`;
  if (asked.explain) text += `,"explain":${explanation(record)}`;
  return `${text},"tookMs":${asked.tookMs}}`;
}

/** The answer under a requester's privacy claim: the list, and nothing that depends on more than the list. */
function listOf({ id, slots, items, policy, variant, modelVersion }: DecisionRecord): string {
  let text = `{"decisionId":${quoted(id)},"items":[`;
  for (let slot = 0; slot < slots.length; slot++) {
    text += `${slot === 0 ? "" : ","}{"id":${quoted(items[slots[slot]])},"position":${slot + 1}}`;
  }
  return `${text}],"policy":"${policy}","variant":${quoted(variant)},"modelVersion":${modelVersion}}`;
}

/** Candidates in request order and, for each slot, the probability of each. */
function explanation(record: DecisionRecord): string {
  const pmf = replayOf(record).pmf.map((row) => Array.from(row));
  return JSON.stringify({ candidates: record.items, pmf });
}
