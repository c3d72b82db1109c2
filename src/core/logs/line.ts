/** A decision as one JSON line. docs/logs.md names the fields. */
import type { DecisionRecord } from "../log/records.ts";
import { jointPropensity, type LogEntry } from "./entry.ts";
import { exploredOf } from "./explored.ts";

/** Values by field name; `undefined` is left out of JSON. */
export type Fields = { readonly [name: string]: unknown };

/** @param full with scores, uncertainties and features. */
export function fieldsOf({ record, rewards, cursor }: LogEntry, full: boolean): Fields {
  const { kind, id, v, at, items, slots, propensity, pins, inputPosition, workspace, bodyHash, columns, ...rest } =
    record;
  const { score, publicScore, uncertainty, shown, candidates, full: isFull, itemsText, ...head } = rest;
  const explored = exploredOf(record);
  return {
    decisionId: id,
    at: new Date(at).toISOString(),
    ...head,
    workspace,
    formatVersion: v,
    columns,
    full: isFull,
    bodyHash,
    shown: slots.map((itemIndex) => items[itemIndex]),
    propensities: propensity,
    joint: jointPropensity(propensity),
    explored: explored?.list,
    exploredSlots: explored?.slots,
    items,
    inputPosition,
    pins,
    rewardState: rewards.state,
    closedAt: rewards.closedAt === undefined ? undefined : new Date(rewards.closedAt).toISOString(),
    rewards: rewards.bySlot?.map((reward) => reward ?? null),
    ...(full ? floats(record) : {}),
    cursor,
  };
}

export function jsonLine(entry: LogEntry, full: boolean): string {
  return `${JSON.stringify(fieldsOf(entry, full))}\n`;
}

function floats({ score, publicScore, uncertainty, shown, candidates, columns }: DecisionRecord): Fields {
  return {
    score: Array.from(score),
    publicScore: publicScore && Array.from(publicScore),
    uncertainty: Array.from(uncertainty),
    features: rowsOf(shown, columns),
    candidates: candidates && rowsOf(candidates, columns),
  };
}

function rowsOf(values: Float32Array, columns: number): number[][] {
  const n = columns === 0 ? 0 : values.length / columns;
  return Array.from({ length: n }, (_, row) => Array.from(values.subarray(row * columns, (row + 1) * columns)));
}
