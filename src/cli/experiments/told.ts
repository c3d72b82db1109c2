/** The table of variants for people. Digits follow the width of the interval. */
import type { Measured, SampleRatio, VariantRow, VariantTable } from "../../core/variants/table.ts";
import { printLine, printTable } from "../output.ts";

export function printExperiment(policy: string, table: VariantTable): void {
  const since = table.since === undefined ? "since the log began" : `since ${new Date(table.since).toISOString()}`;
  printLine(`${policy}, ${since}`);
  printTable([
    ["variant", "share", "subjects", "decisions", "reward a decision", "against the first", "verdict"],
    ...table.variants.map(cells),
  ]);
  printLine(
    `  subjects by variant: ${toldRatio(table.sampleRatio, "Weights and counts do not agree: look for lost lines.")}`,
  );
  const visits = "Subjects of one variant decide more often: lines are lost, or people come more.";
  printLine(`  decisions by subject: ${toldRatio(table.exposures, visits)}`);
  if (table.crossed > 0) printLine(`  ${percent(table.crossed)} of the subjects had more than one variant`);
  if (table.elsewhere > 0) printLine(`  ${table.elsewhere} closed decisions are of another time or another variant`);
}

function cells(row: VariantRow): string[] {
  const { name, share, subjects, subjectsExact, decisions, reward, difference, verdict } = row;
  const against = difference === undefined ? "" : toldMeasured(difference.absolute);
  const count = `${subjectsExact ? "" : "about "}${subjects}`;
  return [name, percent(share), count, String(decisions), reward ? toldMeasured(reward) : "", against, verdict];
}

/** "0.1203 [0.1011, 0.1395]" */
export function toldMeasured({ value, low, high }: Measured): string {
  if (low === undefined || high === undefined) return value.toPrecision(3);
  const width = high - low;
  const digits = width > 0 ? Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(width)))) : 4;
  return `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

function toldRatio({ state, p, detectable }: SampleRatio, alarm: string): string {
  if (state === "none") return "one variant, nothing to compare";
  const shown = detectable === undefined ? "too few to show any loss" : `would show a loss of ${percent(detectable)}`;
  return state === "alarm" ? `ALARM, p ${p.toPrecision(2)}. ${alarm}` : `ok, p ${p.toPrecision(2)}; ${shown}`;
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(3)} %`;
}
