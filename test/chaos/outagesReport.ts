/** What outages did to rankings and promises, by phase, as numbers and as a table. */
import type { Findings } from "./audit.ts";
import type { Ledger } from "./ledger.ts";
import type { Outage, OutagesReport, Seen } from "./outages.ts";

export interface Phase {
  readonly name: Outage | "usual";
  readonly from: number;
  readonly to: number;
}

export interface PhaseReport {
  readonly name: Phase["name"];
  readonly seconds: number;
  /** Rankings answered with a list. */
  readonly ranked: number;
  /** Of them within the deadline, as the server measured from the request's headers, and as the client saw it. */
  readonly inTime: number;
  readonly inTimeSeen: number;
  readonly p99Ms: number;
  /** By who chose, with the reason where it was degraded. */
  readonly served: { readonly [who: string]: number };
  /** What was refused for now, by "rank CB_…" and "reward CB_…". */
  readonly refused: { readonly [what: string]: number };
  /** Whether readiness held at each look, and what it named as degraded. */
  readonly ready: boolean;
  readonly degraded: readonly string[];
}

interface Ran {
  readonly ledger: Ledger;
  readonly phases: readonly Phase[];
  readonly seen: readonly Seen[];
  readonly findings: Findings;
  readonly leftOut: OutagesReport["leftOut"];
  readonly verified: boolean;
  readonly orphans: number;
  readonly timeoutMs: number;
}

export function reportOf(ran: Ran): OutagesReport {
  const { ledger, findings, leftOut, verified, orphans } = ran;
  const { missingDecisions, doubledDecisions, missingRewards, doubledRewards, disagreeing } = findings;
  const wrong = missingDecisions + doubledDecisions + missingRewards + doubledRewards + disagreeing + orphans;
  const { refused, answeredDifferently } = ledger.count;
  const phases = ran.phases.map((phase) => phaseOf(phase, ran));
  const silent = ledger.refusedForNow.filter(({ code }) => !code.startsWith("CB_")).length;
  const ok = wrong + refused + answeredDifferently + silent === 0 && verified && phases.every(({ ready }) => ready);
  const newModels = ran.phases
    .filter(({ name }) => name !== "usual")
    .map(({ to }) => Math.round((((ledger.newModels.find((at) => at > to) ?? Number.NaN) - to) / 1000) * 10) / 10);
  return {
    ...{ ok: ok && findings.decisions > 0, leftOut, phases, findings, asked: ledger.count, verified, orphans },
    ...{ silent, refusals: Object.fromEntries(ledger.refusals), newModels },
  };
}

function phaseOf({ name, from, to }: Phase, { ledger, seen, timeoutMs }: Ran): PhaseReport {
  const inside = ({ at }: { readonly at: number }) => at >= from && at < to;
  const ranked = ledger.ranked.filter(inside);
  const sorted = ranked.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const looks = seen.filter(inside);
  return {
    name,
    seconds: Math.round((to - from) / 100) / 10,
    ranked: ranked.length,
    inTime: ranked.filter(({ tookMs }) => tookMs <= timeoutMs).length,
    inTimeSeen: ranked.filter(({ ms }) => ms <= timeoutMs).length,
    p99Ms: Math.round(10 * (sorted[Math.floor(0.99 * sorted.length)] ?? 0)) / 10,
    served: counted(ranked.map(({ served, reason }) => (reason === null ? served : `${served} (${reason})`))),
    refused: counted(ledger.refusedForNow.filter(inside).map(({ what, code }) => `${what} ${code}`)),
    ready: looks.every(({ ready }) => ready),
    degraded: [...new Set(looks.flatMap(({ parts }) => parts))],
  };
}

function counted(names: readonly string[]): { readonly [name: string]: number } {
  const counts: { [name: string]: number } = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const listed = (counts: { readonly [name: string]: number }) =>
  Object.entries(counts)
    .map(([name, n]) => `${name}: ${n}`)
    .join(", ") || "none";

export function outagesTable(report: OutagesReport): string {
  const { findings, asked, phases } = report;
  const share = (n: number, of: number) => `${((100 * n) / Math.max(1, of)).toFixed(2)} %`;
  const told = phases.map((phase) =>
    [
      `${phase.name} (${phase.seconds} s)`,
      `  rankings ${phase.ranked}, within the deadline ${share(phase.inTime, phase.ranked)} (as the client saw it ${share(phase.inTimeSeen, phase.ranked)}, p99 ${phase.p99Ms} ms)`,
      `  served by ${listed(phase.served)}; refused for now ${listed(phase.refused)}`,
      `  ready ${phase.ready ? "throughout" : "NOT throughout"}; degraded: ${phase.degraded.join(", ") || "nothing"}`,
    ].join("\n"),
  );
  const refusals = Object.keys(report.refusals).length > 0 ? ` (${listed(report.refusals)})` : "";
  const left = Object.entries(report.leftOut).map(([outage, why]) => `left out: ${outage}; ${why}`);
  return [
    ...told,
    ...left,
    `decisions acknowledged ${findings.decisions}, rewards acknowledged ${asked.rewards}`,
    `decisions missing, doubled: ${findings.missingDecisions}, ${findings.doubledDecisions}`,
    `rewards missing, doubled: ${findings.missingRewards}, ${findings.doubledRewards}; too late to count ${findings.late}`,
    `refused as the caller's mistake ${asked.refused}${refusals}, answered differently ${asked.answeredDifferently}, without a code ${report.silent}`,
    `newer models after each outage: ${report.newModels.map((s) => (Number.isNaN(s) ? "none while the load lasted" : `${s} s`)).join(", ")}`,
    `rows whose sums disagree: ${findings.disagreeing}; replay equal: ${report.verified ? "yes" : "NO"}; processes left over: ${report.orphans}`,
    report.ok ? "OK: nothing acknowledged is missing or counted twice" : "FAILED",
  ].join("\n");
}
