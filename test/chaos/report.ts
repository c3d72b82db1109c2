/** What a run has found, as numbers and as a table. */
import type { Findings } from "./audit.ts";
import type { Kill } from "./killer.ts";
import type { Ledger, Ranked } from "./ledger.ts";
import { KINDS } from "./options.ts";

export interface Latency {
  readonly n: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Report {
  readonly ok: boolean;
  readonly loadSeconds: number;
  readonly kills: { readonly [kind: string]: number };
  /** Kills of a job's process while the job was under way. */
  readonly killsAtWork: number;
  /** Seconds from a kill to the first answer by a newer model: median and longest, by kind. */
  readonly freshAfterSeconds: { readonly [kind: string]: { readonly p50: number; readonly max: number } };
  readonly asked: Ledger["count"];
  readonly refusals: { readonly [code: string]: number };
  readonly findings: Findings;
  readonly verified: readonly { readonly equal: boolean; readonly text: string }[];
  readonly orphans: number;
  readonly ranking: { readonly usual: Latency; readonly redisAway?: Latency };
}

export interface Run {
  readonly kills: readonly Kill[];
  readonly away?: { readonly from: number; readonly to: number };
  readonly ledger: Ledger;
  readonly findings: Findings;
  readonly verified: Report["verified"];
  readonly orphans: number;
  readonly loadSeconds: number;
  readonly from: number;
}

export function reportOf({ kills, away, ledger, findings, verified, orphans, loadSeconds }: Run): Report {
  const { missingDecisions, doubledDecisions, missingRewards, doubledRewards, disagreeing } = findings;
  const wrong = missingDecisions + doubledDecisions + missingRewards + doubledRewards + disagreeing + orphans;
  const { refused, answeredDifferently } = ledger.count;
  const inside = ({ at }: Ranked) => away !== undefined && at >= away.from && at <= away.to;
  const of = (kind: string) => kills.filter((kill) => kill.kind === kind);
  return {
    ok: wrong + refused + answeredDifferently === 0 && findings.decisions > 0 && verified.every(({ equal }) => equal),
    loadSeconds: rounded(loadSeconds),
    kills: Object.fromEntries(KINDS.map((kind) => [kind, of(kind).length])),
    killsAtWork: kills.filter(({ atWork }) => atWork === true).length,
    freshAfterSeconds: freshness(kills, ledger.newModels, away),
    asked: ledger.count,
    refusals: Object.fromEntries(ledger.refusals),
    findings,
    verified,
    orphans,
    ranking: {
      usual: latency(ledger.ranked.filter((ranked) => !inside(ranked))),
      redisAway: away === undefined ? undefined : latency(ledger.ranked.filter(inside)),
    },
  };
}

function freshness(
  kills: readonly Kill[],
  newModels: readonly number[],
  away: Run["away"],
): Report["freshAfterSeconds"] {
  const events = [
    ...kills.map(({ kind, at }) => ({ kind: String(kind), at })),
    ...(away === undefined ? [] : [{ kind: "redis back", at: away.to }]),
  ];
  const kinds = [...new Set(events.map(({ kind }) => kind))];
  const entries = kinds.map((kind) => {
    const waits = events
      .filter((event) => event.kind === kind)
      .map(({ at }) => ((newModels.find((time) => time > at) ?? Number.POSITIVE_INFINITY) - at) / 1000)
      .filter(Number.isFinite)
      .toSorted((a, b) => a - b);
    return [kind, { p50: rounded(quantile(waits, 0.5)), max: rounded(waits.at(-1) ?? 0) }] as const;
  });
  return Object.fromEntries(entries);
}

function latency(ranked: readonly Ranked[]): Latency {
  const sorted = ranked.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return {
    n: sorted.length,
    p50Ms: rounded(quantile(sorted, 0.5)),
    p99Ms: rounded(quantile(sorted, 0.99)),
    maxMs: rounded(sorted.at(-1) ?? 0),
  };
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

export function tableOf(report: Report): string {
  const { asked, findings, ranking } = report;
  const rows: [string, string | number][] = [
    ["load", `${report.loadSeconds} s`],
    ...Object.entries(report.kills).flatMap(([kind, n]): [string, number][] =>
      n > 0 ? [[`kills of the ${kind}`, n]] : [],
    ),
    ["… while their job ran", report.killsAtWork],
    ["decisions acknowledged", findings.decisions],
    ["… in the log and not acknowledged", findings.unacknowledged],
    ["… sent again until acknowledged", asked.decisionsRetried],
    ["… asked again with the same id", asked.askedAgain],
    ["… answered differently", asked.answeredDifferently],
    ["rewards acknowledged", asked.rewards],
    ["… retried", asked.rewardsRetried],
    ["… duplicates sent", asked.duplicatesSent],
    ["… dropped as duplicates", findings.counts.duplicateRewards ?? 0],
    ["… too late to count", findings.late],
    ["corrections, rows unlearned", `${findings.corrections}, ${findings.unlearned}`],
    ["refused", asked.refused],
    ["decisions missing, doubled", `${findings.missingDecisions}, ${findings.doubledDecisions}`],
    ["rewards missing, doubled", `${findings.missingRewards}, ${findings.doubledRewards}`],
    ["rows whose sums disagree", findings.disagreeing],
    ["processes left over", report.orphans],
    ["replay equal (running, stopped)", report.verified.map(({ equal }) => (equal ? "yes" : "NO")).join(", ")],
    ...Object.entries(report.freshAfterSeconds).map(([kind, { p50, max }]): [string, string] => [
      `newer model after ${kind}`,
      `p50 ${p50} s, max ${max} s`,
    ]),
    ["ranking p50, p99, max", latencyText(ranking.usual)],
    ...(ranking.redisAway === undefined
      ? []
      : [["… while Redis is away", latencyText(ranking.redisAway)] as [string, string]]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  const unequal = report.verified.filter(({ equal }) => !equal).map(({ text }) => text);
  const refusals = Object.entries(report.refusals).map(([code, n]) => `${code}: ${n}`);
  return [...lines, ...unequal, ...refusals, report.ok ? "OK: nothing lost, nothing counted twice" : "FAILED"].join(
    "\n",
  );
}

function latencyText({ p50Ms, p99Ms, maxMs, n }: Latency): string {
  return `${p50Ms}, ${p99Ms}, ${maxMs} ms (${n})`;
}
