/** Alarms with what to do, queues, and every budget beside what is used of it. */
import type { Alarm } from "../../../core/insight/alarms.ts";
import { bytes, count, duration, share } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { Budget, PageView } from "../view.ts";
import { empty, part, table } from "./common.ts";

const STATES: { readonly [state in Alarm["state"]]: string } = { ok: "quiet", alarm: "alarm", unknown: "too early" };

export function alarmsPart({ alarms }: PageView): Html {
  const raised = alarms.filter(({ state }) => state === "alarm");
  const said =
    raised.length === 0
      ? "No alarm"
      : `${raised.length} ${raised.length === 1 ? "alarm" : "alarms"}: ${raised.map(({ name }) => name).join(", ")}`;
  const rows = alarms.map(({ name, state, now, limit, meaning, todo }) => [
    html`<span class="state ${state}">${STATES[state]}</span>`,
    name,
    ...[now, limit],
    state === "alarm" ? html`<strong>${meaning}</strong> ${todo}` : html`<span class="muted">${todo}</span>`,
  ]);
  const columns = [
    ...["State", "Watches", "Now", "Alarm"].map((title) => ({ title })),
    { title: "What to do", wide: true },
  ];
  return part(
    "health",
    html`<h2>Health</h2><p class="note" role="status">${said}.</p>${table("Alarms", columns, rows)}`,
  );
}

export function queuesPart({ redis }: PageView): Html {
  const title = html`<h2>Queues</h2>`;
  if (redis === undefined)
    return part(
      "queues",
      html`${title}${empty("Redis does not answer", "Ranking and joining go on without it; nothing is trained or exported until it is back.")}`,
    );
  const rows = redis.queues.map(({ name, waiting, active, oldestMs }) => [
    name,
    ...[count(waiting), count(active)],
    oldestMs === undefined ? "–" : duration(oldestMs),
  ]);
  const columns = [
    { title: "Jobs" },
    ...["Waiting", "Running", "Oldest waits"].map((name) => ({ title: name, number: true })),
  ];
  return part("queues", html`${title}${table("Queues", columns, rows)}`);
}

export function budgetsPart({ budgets }: PageView): Html {
  const amount = (budget: Budget, value: number) => (budget.unit === "bytes" ? bytes(value) : count(value));
  const rows = budgets.map((budget) => [
    budget.what,
    amount(budget, budget.used),
    amount(budget, budget.max),
    html`<meter min="0" max="1" high="0.8" optimum="0" value="${Math.min(1, budget.used / budget.max).toFixed(4)}" aria-label="${budget.what}"></meter> ${share(budget.used / budget.max)}`,
    html`<code>${budget.bound}</code>`,
  ]);
  const columns = [
    { title: "Holds" },
    { title: "Used", number: true },
    { title: "At most", number: true },
    { title: "Share", number: true },
    { title: "Bound" },
  ];
  return part("budgets", html`<h2>Budgets</h2>${table("Budgets", columns, rows)}`);
}
