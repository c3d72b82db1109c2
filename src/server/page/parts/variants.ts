/** The variants of the policy: what each earned, beside its share and how much it explores. */
import type { Overview } from "../../../core/insight/overview.ts";
import { count, interval, mean, share } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { PageView } from "../view.ts";
import { empty, figure, part, table } from "./common.ts";

export function variantsPart(view: PageView): Html {
  const { overview, settings } = view;
  const title = html`<h2>Variants</h2>`;
  if (overview === undefined || overview.variants.length === 0)
    return part(
      "variants",
      html`${title}${empty("No decision has settled", "Variants stand here as soon as they served one.")}`,
    );
  const total = overview.variants.reduce((sum, { lists }) => sum + lists, 0);
  const weights = settings.variants.reduce((sum, { weight }) => sum + weight, 0);
  const rows = overview.variants.map(({ name, lists, served, entropy, floorShare }) => {
    const set = settings.variants.find((variant) => variant.name === name);
    const exploration = set?.exploration ?? settings.exploration;
    const model = set === undefined || set.model === "stable" ? "newest" : `version ${set.model}`;
    return [
      name,
      settings.variants.length > 0 && set === undefined ? "no more in the settings" : `${exploration.name}, ${model}`,
      ...[count(lists), share(lists / total), set === undefined ? "–" : share(set.weight / weights)],
      ...[mean(served), interval(served), share(entropy), share(floorShare)],
    ];
  });
  const columns = [
    { title: "Variant" },
    { title: "Exploration, model" },
    ...["Decisions", "Share", "Wanted", "Reward", "95 %", "Entropy", "Floor hits"].map((name) => ({
      title: name,
      number: true,
    })),
  ];
  const several = overview.variants.length > 1;
  return part(
    "variants",
    html`${title}
${several && effects(view, overview)}
${table("Variants", columns, rows)}
${several && overview.points.length > 1 && overTime(view, overview)}`,
  );
}

function effects(view: PageView, overview: Overview): Html {
  const shown = overview.variants.filter(({ served }) => served.mean !== undefined);
  const height = 46 + 34 * Math.max(1, shown.length);
  return figure(view, {
    name: "effects",
    alt: `Reward a decision by variant with 95 % intervals: ${shown.map(({ name, served }) => `${name} ${mean(served)}`).join(", ")}.`,
    caption: html`${inWords(overview)} Bars are 95 % intervals, the dashed line is ${shown[0]?.name}.`,
    table: table(
      "Reward by variant",
      [{ title: "Variant" }, { title: "Reward", number: true }, { title: "95 %", number: true }],
      shown.map(({ name, served }) => [name, mean(served), interval(served)]),
    ),
    height: { wide: height, narrow: height },
  });
}

function inWords({ variants }: Overview): string {
  const ranked = variants.filter(({ served }) => served.low !== undefined);
  const [best, next] = [...ranked].sort((a, b) => (b.served.mean ?? 0) - (a.served.mean ?? 0));
  if (best === undefined || next === undefined) return "Too few decisions to compare.";
  const apart = (best.served.low ?? 0) > (next.served.high ?? 0);
  return apart ? `${best.name} earns more than ${next.name}.` : `${best.name} and ${next.name} are not apart.`;
}

function overTime(view: PageView, overview: Overview): Html {
  const names = overview.variants.map(({ name }) => name);
  return figure(view, {
    name: "variants",
    alt: "Reward of a decision over time by variant, with 95 % intervals.",
    caption: "Reward of a decision by variant over time.",
    table: table(
      "Reward by variant over time",
      [{ title: "From, UTC" }, ...names.map((title) => ({ title, number: true }))],
      overview.points.map((point) => [
        new Date(point.from).toISOString().slice(11, 19),
        ...names.map((name) => mean(point.variants.find((own) => own.name === name)?.served ?? { n: 0 })),
      ]),
    ),
    height: { wide: 300, narrow: 250 },
  });
}
