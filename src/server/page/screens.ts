/** The screens: which parts stand on which, in which order. */
import { RANGES, type Range } from "../../core/insight/fold.ts";
import { frame, type Theme } from "./frame.ts";
import { type Html, html } from "./html.ts";
import { empty, part } from "./parts/common.ts";
import { decisionsTable } from "./parts/decisions.ts";
import { explorationPart } from "./parts/exploration.ts";
import { alarmsPart, budgetsPart, queuesPart } from "./parts/health.ts";
import { comparisonPart, learningPart, rewardPart } from "./parts/learning.ts";
import { modelsPart } from "./parts/models.ts";
import { simulatedPart } from "./parts/simulated.ts";
import { variantsPart } from "./parts/variants.ts";
import type { PageView } from "./view.ts";

const RANGE_NAMES: { readonly [range in Range]: string } = { recent: "20 minutes", day: "24 hours", all: "All" };
const LATEST_HERE = 8;

/** The policy's screen at /. */
export function overviewScreen(view: PageView): string {
  const body = html`${head(view, "/")}
${simulatedPart(view)}
${learningPart(view)}
${rewardPart(view)}
${comparisonPart(view)}
${variantsPart(view)}
${explorationPart(view)}
${alarmsPart(view)}
<div class="pair">${queuesPart(view)}${modelsPart(view)}</div>
${budgetsPart(view)}
${part("latest", html`<h2>Newest decisions</h2>${latest(view, LATEST_HERE)}<p class="note"><a href="/decisions${queryOf(view)}">More decisions</a></p>`)}`;
  return frame(
    { ...common(view), title: view.policy, here: "Overview", path: `/${queryOf(view)}`, body },
    queryOf(view),
  );
}

/** The latest decisions of the policy. */
export function decisionsScreen(view: PageView): string {
  const body = html`${head(view, "/decisions")}
${part("latest", html`<h2>Newest decisions</h2>${latest(view, 50)}`)}
<section><h2>Any decision</h2>
<form method="get" action="/decisions" class="find"><label for="find-id">Its id</label>
<input id="find-id" name="id" required maxlength="256" autocomplete="off" spellcheck="false"><button>Explain</button></form></section>`;
  const path = `/decisions${queryOf(view)}`;
  return frame({ ...common(view), title: `Decisions of ${view.policy}`, here: "Decisions", path, body }, queryOf(view));
}

/** Before there is any policy. */
export function emptyScreen(theme: Theme): string {
  const body = html`<h1>Brigand is running</h1>
${empty("No policy yet", html`The first ranking makes one: send <code>POST /v1/rank</code> with a policy’s name and items, as the README shows. <a href="/docs">The whole API</a>.`)}`;
  return frame(
    {
      title: "Welcome",
      here: "Overview",
      theme,
      path: "/",
      live: true,
      body: html`<section id="start" data-part>${body}</section>`,
    },
    "",
  );
}

/** A screen that says what went wrong. */
export function refusedScreen(
  theme: Theme,
  problem: { readonly title: string; readonly text: string; readonly hint: string },
): string {
  const body = html`<h1>${problem.title}</h1>${empty(problem.text, problem.hint)}<p><a href="/">To the overview</a></p>`;
  return frame({ title: problem.title, here: "", theme, path: "/", live: false, body }, "");
}

function common(view: PageView) {
  return { theme: view.theme, live: true, tools: switcher(view) };
}

function latest({ overview, policy }: PageView, nMax: number): Html {
  if (overview === undefined || overview.latest.length === 0)
    return empty(
      "No decision has settled",
      html`Decisions of ${policy} stand here once their rewards have had time to come.`,
    );
  return decisionsTable(overview.latest, nMax);
}

function head(view: PageView, path: string): Html {
  const { policy, settings } = view;
  const ranges = RANGES.map(
    (range) =>
      html`<li><a href="${path}?policy=${policy}&range=${range}"${range === view.range && html` aria-current="true"`}>${RANGE_NAMES[range]}</a></li>`,
  );
  return html`<div class="head"><div><h1>${policy}</h1><p class="badges">${settings.simulated === true && html`<span class="badge simulated">simulated</span>`}<span class="badge">${settings.mode}</span></p></div>
${path === "/" && html`<nav aria-label="Time"><ul class="ranges">${ranges}</ul></nav>`}</div>`;
}

/** A form that works without script; the script sends it on change. */
function switcher({ policies, policy, range }: PageView): Html {
  const options = policies.map(
    (name) => html`<option value="${name}"${name === policy && html` selected`}>${name}</option>`,
  );
  return html`<form method="get" action="/" class="switcher" data-submit-on-change><label for="policy">Policy</label>
<select id="policy" name="policy">${options}</select><input type="hidden" name="range" value="${range}"><button class="quiet">Show</button></form>`;
}

export function queryOf({ policy, range }: { readonly policy: string; readonly range: Range }): string {
  return `?policy=${policy}&range=${range}`;
}
