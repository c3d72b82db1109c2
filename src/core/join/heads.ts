/**
 * Heads of the operations that come by the thousand, as JSON made by hand, without the copies that JSON.stringify needs:
 * the same text for the order of fields in which the join makes them.
 */
import { quoted } from "../codec/quoted.ts";
import type { CloseOperation, CorrectOperation, LearnOperation, PositiveOperation } from "./operations.ts";

export function positiveHead(operation: PositiveOperation): string {
  const { decision, subject, item, reward, delta, settled, segments, at } = operation;
  const rest = `"item":${quoted(item)},"reward":${numeral(reward)},"delta":${numeral(delta)},"settled":${settled}`;
  return `{"decision":${quoted(decision)}${named("subject", subject)},${rest},"segments":${strings(segments)},"at":${numeral(at)}}`;
}

export function correctHead(operation: CorrectOperation): string {
  const { decision, variant, item, learnedAt, row, columns, before, after, at } = operation;
  const place = `"learnedAt":${numeral(learnedAt)},"row":${numeral(row)},"columns":${numeral(columns)}`;
  const change = `"before":${numeral(before)},"after":${numeral(after)},"at":${numeral(at)}`;
  return `{"decision":${quoted(decision)}${named("variant", variant)},"item":${quoted(item)},${place},${change}}`;
}

export function learnHead(operation: LearnOperation): string {
  const { decision, subject, served, variant, modelVersion, at, settledAt, segments, items } = operation;
  const { positions, propensities, candidates, floor, rewards, base, columns } = operation;
  const who = `{"decision":${quoted(decision)}${named("subject", subject)},"served":${quoted(served)}`;
  const by = `"variant":${quoted(variant)},"modelVersion":${numeral(modelVersion)}`;
  const when = `"at":${numeral(at)},"settledAt":${numeral(settledAt)},"segments":${strings(segments)}`;
  const drawn = propensities === undefined ? "" : `,"propensities":${numerals(propensities)}`;
  const among = `${counted("candidates", candidates)}${counted("floor", floor)}`;
  const rows = `"items":${strings(items)},"positions":${numerals(positions)}${drawn}${among}`;
  const told = `"rewards":${numerals(rewards)},"base":${numeral(base)},"columns":${numeral(columns)}`;
  return `${who},${by},${when},${rows},${told}}`;
}

export function closeHead(operation: CloseOperation): string {
  const { decision, learnedAt, rewards, variant, served, subject, decidedAt, reward, at } = operation;
  const rows = `{"decision":${quoted(decision)}${counted("learnedAt", learnedAt)},"rewards":${numerals(rewards)}`;
  const about = `${named("variant", variant)}${named("served", served)}${named("subject", subject)}`;
  return `${rows}${about}${counted("decidedAt", decidedAt)}${counted("reward", reward)},"at":${numeral(at)}}`;
}

/** As JSON.stringify writes a number. */
function numeral(value: number): string {
  return Number.isFinite(value) ? `${value}` : "null";
}

function numerals(values: readonly number[]): string {
  let text = "";
  for (let i = 0; i < values.length; i++) text += i === 0 ? numeral(values[i]) : `,${numeral(values[i])}`;
  return `[${text}]`;
}

function strings(values: readonly string[]): string {
  let text = "";
  for (let i = 0; i < values.length; i++) text += i === 0 ? quoted(values[i]) : `,${quoted(values[i])}`;
  return `[${text}]`;
}

/** A field that may be absent, with the comma before it. */
function named(name: string, value: string | undefined): string {
  return value === undefined ? "" : `,"${name}":${quoted(value)}`;
}

function counted(name: string, value: number | undefined): string {
  return value === undefined ? "" : `,"${name}":${numeral(value)}`;
}
