/** One decision explained: what was known, scored and drawn, with the draw repeated from the log. */
import type { explained } from "../explain.ts";
import { NONE, probability, share, utc } from "./format.ts";
import { frame, type Theme } from "./frame.ts";
import { type Html, html } from "./html.ts";
import { table } from "./parts/common.ts";

type Explained = ReturnType<typeof explained>;
type Candidate = Explained["candidates"][number];

const CANDIDATES_SHOWN_MAX = 100;
const TEXT_MAX = 20_000;

export function decisionScreen(decision: Explained, theme: Theme): string {
  const { decisionId, policy, at } = decision;
  const body = html`<div class="head"><div><h1>One decision</h1><p class="note"><code class="id">${decisionId}</code></p></div></div>
<section><h2 class="verdict">${inWords(decision)}</h2>${facts(decision)}</section>
<section><h2>What was shown</h2>${slotsTable(decision)}</section>
<section><h2>All candidates</h2>${candidatesTable(decision)}</section>
<section><h2>What was known</h2>${known("Context", decision.context)}${known("User’s features", decision.user)}${featuresTable(decision)}</section>
<p class="note"><a href="/v1/decisions/${encodeURIComponent(decisionId)}?rewards=true">The same as JSON</a> · ${utc(at)}</p>`;
  const path = `/decisions/${encodeURIComponent(decisionId)}`;
  const query = `?policy=${policy}`;
  return frame({ title: `Decision of ${policy}`, here: "Decisions", theme, path, live: false, body }, query);
}

function inWords({ served, reason, slots, candidates, explorer, replay, modelVersion }: Explained): string {
  const n = `${slots.length} of ${candidates.length} candidates`;
  if (served !== "model")
    return `The caller’s own order was served (${served}${reason === null ? "" : `: ${reason}`}): ${n}.`;
  const again = replay.same
    ? "Repeated from the log, the draw gives the same list."
    : "Repeated from the log, the draw gives another list.";
  return `Version ${modelVersion} scored, ${explorer} drew ${n}. ${again}`;
}

function facts(decision: Explained): Html {
  const { policy, variant, unit, subject, session, explorer, parameters, floor, deferred, consent } = decision;
  const written = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
  const rows: [string, string][] = [
    ["Policy", policy],
    ["Variant", `${variant}, assigned by ${unit}`],
    ["Subject", subject ?? session ?? "nobody named"],
    ["Exploration", [explorer, ...written].join(", ")],
    ["Floor", floor === undefined ? "none" : probability(floor)],
    ["Counts", deferred ? "after activation" : "at once"],
    ["Consent", consent.length === 0 ? "none recorded" : consent.join(", ")],
  ];
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function slotsTable({ slots, candidates, replay }: Explained): Html {
  const rows = slots.map(({ position, item, propensity, reward }, slot) => {
    const found = candidates.find((candidate) => candidate.position === position);
    const same = replay.items[slot] === item;
    return [
      String(position),
      html`<span class="items">${item}</span>`,
      html`<meter min="0" max="1" value="${propensity.toFixed(4)}" aria-label="Probability of ${item}"></meter> ${probability(propensity)}`,
      score(found),
      reward === undefined ? NONE : String(reward),
      same
        ? html`<span class="state ok">same</span>`
        : html`<span class="state alarm">${replay.items[slot] ?? NONE}</span>`,
    ];
  });
  const columns = [
    { title: "Place", number: true },
    { title: "Item", wide: true },
    { title: "Probability there" },
    { title: "Score", number: true },
    { title: "Final reward", number: true },
    { title: "Repeated" },
  ];
  return table("Shown items", columns, rows);
}

function candidatesTable({ candidates, slots }: Explained): Html {
  const pmf = slots[0]?.pmf ?? [];
  const ranked = candidates
    .map((candidate, index) => ({ candidate, first: pmf[index] ?? 0 }))
    .sort((a, b) => b.first - a.first);
  const rows = ranked
    .slice(0, CANDIDATES_SHOWN_MAX)
    .map(({ candidate, first }) => [
      html`<span class="items">${candidate.id}</span>`,
      String(candidate.inputPosition + 1),
      score(candidate),
      share(first),
      candidate.position === undefined ? html`<span class="muted">not shown</span>` : String(candidate.position),
    ]);
  const columns = [
    { title: "Item", wide: true },
    { title: "Caller’s place", number: true },
    { title: "Score ± uncertainty", number: true },
    { title: "Probability of place 1", number: true },
    { title: "Shown at", number: true },
  ];
  const more = candidates.length - rows.length;
  return html`${table("Candidates", columns, rows)}${more > 0 && html`<p class="note">${more} more in the JSON.</p>`}`;
}

function score(candidate: Candidate | undefined): string {
  if (candidate?.score === undefined) return NONE;
  return `${candidate.score.toFixed(3)} ± ${(candidate.uncertainty ?? 0).toFixed(3)}`.replace("-", "−");
}

function known(title: string, value: unknown): Html {
  const text = value === undefined ? "nothing" : JSON.stringify(value, undefined, 2);
  return html`<h3>${title}</h3><pre tabindex="0">${text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)} …` : text}</pre>`;
}

function featuresTable({ candidates, columns }: Explained): Html | undefined {
  const shown = candidates.filter(({ position, features }) => position !== undefined && features !== undefined);
  if (shown.length === 0) return undefined;
  const ordered = [...shown].sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  const rows = columns.map((name) => [
    html`<code>${name}</code>`,
    ...ordered.map(({ features }) => features?.[name]?.toPrecision(3) ?? NONE),
  ]);
  const titles = [{ title: "Column" }, ...ordered.map(({ id }) => ({ title: id.slice(0, 40), number: true }))];
  return html`<h3>Features of the shown items</h3><details><summary>${columns.length} columns as the model read them</summary>${table("Features", titles, rows)}</details>`;
}
