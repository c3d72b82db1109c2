/** Is it learning now: the verdict in words, the numbers that everybody asks for, reward over time. */
import type { Overview } from "../../../core/insight/overview.ts";
import type { Rate } from "../../../core/insight/rates.ts";
import { ago, clock, count, duration, interval, mean } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { PageView } from "../view.ts";
import { empty, figure, part, table, tile } from "./common.ts";

export function learningPart(view: PageView): Html {
  const { overview, now } = view;
  const counts = overview?.counts ?? {};
  const last = overview?.last ?? {};
  const tiles = html`<dl class="tiles">
${tile("Decisions", count(counts.decisions ?? 0), overview && rateOf(overview))}
${tile("Rewards", count(counts.rewards ?? 0), html`last ${ago(last.rewardAt, now)}`)}
${tile("Reward a decision", overview ? mean(overview.now.served) : undefined, overview && html`${interval(overview.now.served)}, last 5 min`)}
${tile("Rows learned", count(counts.rowsLearned ?? 0), html`last join ${ago(last.commitAt, now)}`)}
${tile("Model", html`<a href="#models">version ${view.model.version}</a>`, view.model.since === undefined ? "the seed model" : html`since ${ago(view.model.since, now)}`)}
</dl>`;
  return part("learning", html`<h2 class="verdict">${verdict(view)}</h2>${tiles}`);
}

/** Never more certain than the intervals are. */
export function verdict({ overview, model }: PageView): string {
  if (overview === undefined) return "The numbers are being read.";
  if (!overview.current) return "The log is still being read; the numbers are not complete yet.";
  const { served, uniform, lists } = overview.now;
  if (overview.last.decisionAt === undefined) return "No decision has settled yet.";
  if (lists === 0) return "No decision settled in the last five minutes of the log.";
  if (served.low === undefined || served.mean === undefined)
    return `Too early to say: ${lists} decisions have settled.`;
  const said = `${mean(served)} reward a decision in the last 5 min`;
  if (uniform.low === undefined || uniform.high === undefined || uniform.mean === undefined)
    return `${said}. Against a uniform ranking nothing can be said.`;
  const against = `a uniform ranking would have brought ${mean(uniform)}`;
  if (served.low > uniform.high) return `It is learning: ${said}, ${against}.`;
  if (served.high !== undefined && served.high < uniform.low) return `Worse than chance: ${said}, ${against}.`;
  return `Not apart from chance ${model.version === 0 ? "yet" : "now"}: ${said}, ${against}.`;
}

function rateOf({ now: { lists, from }, from: first = from, last }: Overview): string {
  const seconds = Math.max(1, ((last.decisionAt ?? 0) - Math.max(from, first)) / 1000);
  return lists === 0 ? "none in the last 5 min" : `${(lists / seconds).toPrecision(2)} settled a second`;
}

export function rewardPart(view: PageView): Html {
  const { overview } = view;
  const title = html`<h2>Reward over time</h2>`;
  if (overview === undefined || overview.points.length < 2)
    return part("reward", html`${title}${empty("Nothing to draw yet", emptyText(view))}`);
  const { served, uniform, points } = overview;
  const swaps = points.reduce((sum, point) => sum + point.swaps, 0);
  const open = overview.openFrom !== undefined && overview.openFrom < (overview.to ?? 0);
  const caption = html`Served decisions earned ${rateInWords(served)}; a uniform ranking of the same candidates would have earned ${rateInWords(uniform)}. ${swaps > 0 && `Ticks on the time axis: a new model version took over, ${count(swaps)} times.`} ${open && "Shaded: rewards may still come."}`;
  return part(
    "reward",
    html`${title}${figure(view, {
      name: "reward",
      alt: "Reward of a decision over time, as served and as weighted to a uniform ranking, with 95 % intervals.",
      caption,
      table: pointsTable(overview),
      height: { wide: 300, narrow: 250 },
    })}`,
  );
}

function emptyText({ overview, policy }: PageView): Html {
  if (overview === undefined) return html`The numbers could not be had in time. The next look may have them.`;
  return html`A line needs decisions at two times that have settled. Send <code>POST /v1/rank</code> with <code>"policy": "${policy}"</code> and rewards for what was shown.`;
}

function rateInWords(rate: Rate): string {
  if (rate.mean === undefined) return `– (${rate.refused ?? "no number"})`;
  return rate.low === undefined ? mean(rate) : `${mean(rate)} (${interval(rate)})`;
}

function pointsTable({ points }: Overview): Html {
  return table(
    "Reward over time",
    [
      { title: "From, UTC" },
      { title: "Decisions", number: true },
      { title: "Served", number: true },
      { title: "95 %", number: true },
      { title: "Uniform", number: true },
      { title: "95 %", number: true },
      { title: "Version", number: true },
    ],
    points.map(({ from, lists, served, uniform, version }) => [
      clock(from),
      count(lists),
      ...[mean(served), interval(served), mean(uniform), interval(uniform)],
      version === undefined ? "–" : String(version),
    ]),
  );
}

/** Served beside what others would have earned, and from how much. */
export function comparisonPart(view: PageView): Html {
  const { overview } = view;
  const title = html`<h2>Against others</h2>`;
  if (overview === undefined || overview.served.n === 0)
    return part(
      "comparison",
      html`${title}${empty("Nothing to compare yet", "The first settled decision brings numbers.")}`,
    );
  const row = (name: string, rate: Rate, how: string) => [
    name,
    rate.mean === undefined ? html`<span class="refused">cannot be said</span>` : mean(rate),
    interval(rate),
    count(rate.effective ?? rate.n),
    rate.refused ?? how,
  ];
  const weighted = "weighted by its probability over the logged one, place by place from the top";
  const rows = [
    row("Served", overview.served, `mean of ${count(overview.served.n)} decisions`),
    row("Uniform ranking", overview.uniform, weighted),
    row("Caller’s order", overview.caller, weighted),
    row("Place 1, served", overview.firstPlace, "drawn lists alone"),
    row("Place 1, caller’s first item", overview.callerFirst, "drawn lists alone, weighted likewise"),
  ];
  const columns = [
    { title: "Ranking", wide: true },
    { title: "Reward a decision", number: true },
    { title: "95 %", number: true },
    { title: "Effective decisions", number: true },
    { title: "How", wide: true },
  ];
  return part(
    "comparison",
    html`${title}${table("Served against other rankings", columns, rows)}
<p class="note">The weights are those of list prefixes: right where what is below an item does not change its reward. They come from logged propensities alone. Covers ${overview.from === undefined ? "nothing yet" : duration((overview.to ?? 0) - overview.from)} of decisions${overview.partial && "; older parts of the log were left out"}.</p>`,
  );
}
