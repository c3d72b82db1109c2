/** The variants of the policy: what each earned, against the first, and whether the comparison can be trusted. */
import type { Overview } from "../../../core/insight/overview.ts";
import type { Rate } from "../../../core/insight/rates.ts";
import type { Measured, VariantRow, VariantTable, Verdict } from "../../../core/variants/table.ts";
import type { Effect } from "../../../ports/insight.ts";
import { clock, count, interval, mean, share, signed, utc } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { PageView } from "../view.ts";
import { empty, figure, part, table } from "./common.ts";

const VERDICTS: { readonly [verdict in Verdict]: { readonly text: string; readonly state: string } } = {
  first: { text: "compared with", state: "" },
  waiting: { text: "too early", state: "" },
  open: { text: "not apart", state: "" },
  better: { text: "better", state: "ok" },
  worse: { text: "worse", state: "alarm" },
};

export function variantsPart(view: PageView): Html {
  const { experiment, overview } = view;
  const title = html`<h2>Variants</h2>`;
  if (experiment.variants.every(({ closed }) => closed === 0))
    return part(
      "variants",
      html`${title}${empty("No decision is final yet", "Variants are compared by decisions whose reward window has ended.")}`,
    );
  const several = experiment.variants.length > 1;
  return part(
    "variants",
    html`${title}
${several && effects(view)}
${variantRows(view)}
<p class="note">${trust(experiment)}</p>
${overview !== undefined && overview.variants.length > 1 && overview.points.length > 1 && overTime(view, overview)}`,
  );
}

/** Rows of the chart: variants that have a mean. */
export function effectsOf({ variants }: VariantTable): Effect[] {
  return variants.flatMap(({ name, reward }) =>
    reward === undefined ? [] : [{ name, mean: reward.value, ...finite(reward) }],
  );
}

function variantRows({ experiment, settings }: PageView): Html {
  const rows = experiment.variants.map((row) => {
    const set = settings.variants.find(({ name }) => name === row.name);
    const exploration = set?.exploration ?? settings.exploration;
    const model = set === undefined || set.model === "stable" ? "newest model" : `version ${set.model}`;
    const verdict = VERDICTS[row.verdict];
    return [
      html`${row.name}<small class="muted">${exploration.name}, ${model}</small>`,
      ...[count(row.decisions), `${row.subjectsExact ? "" : "about "}${count(row.subjects)}`, share(row.share)],
      ...[mean(rateOf(row)), interval(rateOf(row)), difference(row)],
      html`<span class="state ${verdict.state}">${verdict.text}</span>`,
    ];
  });
  const numbers = ["Decisions", "Subjects", "Wanted share", "Reward a decision", "Always 95 %", "Difference"];
  const columns = [
    { title: "Variant", wide: true },
    ...numbers.map((name) => ({ title: name, number: true })),
    { title: "Verdict" },
  ];
  return table("Variants", columns, rows);
}

function difference({ difference: found }: VariantRow): string {
  if (found === undefined) return "–";
  const { absolute } = found;
  return `${signed(absolute.value, rateOfMeasured(absolute))} (${interval(rateOfMeasured(absolute))})`;
}

/** What is counted, and what would make the comparison wrong. */
function trust({ since, sampleRatio, exposures, crossed, variants }: VariantTable): Html {
  const from = since === undefined ? "Since the log began" : `Since ${utc(since)}`;
  const counted = html`${from}; decisions whose reward window has ended and that the model served. Intervals hold however often one looks.`;
  if (variants.length < 2) return counted;
  const ratio =
    sampleRatio.state === "alarm"
      ? html`<strong>Units do not come by the weights: compare nothing</strong>`
      : "Units come by the weights";
  const visits =
    exposures.state === "alarm"
      ? html`<strong>decisions a subject differ between variants: lines may be lost</strong>`
      : "decisions a subject are alike";
  return html`${counted} ${ratio} (p ${p(sampleRatio.p)}); ${visits} (p ${p(exposures.p)}). ${crossed > 0 && `${share(crossed)} of the subjects had more than one variant.`}`;
}

function effects(view: PageView): Html {
  const shown = effectsOf(view.experiment);
  const height = 46 + 34 * Math.max(1, shown.length);
  const rows = shown.map(({ name, ...rate }) => [name, mean({ n: 1, ...rate }), interval({ n: 1, ...rate })]);
  return figure(view, {
    name: "effects",
    alt: `Reward a decision by variant: ${view.experiment.variants.map((row) => `${row.name} ${mean(rateOf(row))}`).join(", ")}.`,
    caption: html`${inWords(view.experiment)} Bars are intervals that hold however often one looks; the dashed line is ${shown[0]?.name}.`,
    table: table(
      "Reward by variant",
      [{ title: "Variant" }, { title: "Reward", number: true }, { title: "Always 95 %", number: true }],
      rows,
    ),
    height: { wide: height, narrow: height },
  });
}

function inWords({ variants }: VariantTable): string {
  const [first, ...others] = variants;
  const said = others.map(
    ({ name, verdict }) => `${name} is ${verdict === "waiting" ? "not compared yet" : VERDICTS[verdict].text}`,
  );
  return `Against ${first?.name ?? "nothing"}: ${said.join(", ")}.`;
}

function overTime(view: PageView, overview: Overview): Html {
  const names = overview.variants.map(({ name }) => name);
  const numbers = overview.points.map((point) => [
    clock(point.from),
    ...names.map((name) => mean(point.variants.find((own) => own.name === name)?.served ?? { n: 0 })),
  ]);
  return figure(view, {
    name: "variants",
    alt: "Reward of a decision over time by variant, with 95 % intervals.",
    caption: "Reward of a decision by variant over time, settled decisions.",
    table: table(
      "Reward by variant over time",
      [{ title: "From, UTC" }, ...names.map((title) => ({ title, number: true }))],
      numbers,
    ),
    height: { wide: 300, narrow: 250 },
  });
}

function rateOf({ reward, decisions }: VariantRow): Rate {
  return reward === undefined ? { n: decisions } : { n: decisions, mean: reward.value, ...finite(reward) };
}

function rateOfMeasured(measured: Measured): Rate {
  return { n: 1, mean: measured.value, ...finite(measured) };
}

function finite({ low, high }: Measured): { low?: number; high?: number } {
  return Number.isFinite(low) && Number.isFinite(high) ? { low, high } : {};
}

function p(value: number): string {
  return value < 0.0001 ? "< 0.0001" : value.toFixed(value < 0.01 ? 4 : 2);
}
