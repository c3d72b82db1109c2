/** Versions of the policy's model as this server knows them. */
import { ago } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { PageView } from "../view.ts";
import { part, table } from "./common.ts";

const SHOWN_MAX = 6;

export function modelsPart({ model, now }: PageView): Html {
  const newest = [...model.versions].sort((a, b) => b.version - a.version).slice(0, SHOWN_MAX);
  const rows = newest.map(({ version, state, reason, since }) => [
    version === 0 ? "0, the seed" : String(version),
    html`${state === "READY" && version === model.version ? html`<span class="state ok">serves</span>` : html`<span class="muted">${state.toLowerCase()}</span>`}`,
    reason,
    ago(since, now),
  ]);
  const pinned =
    model.pinned === undefined
      ? undefined
      : html`<p class="note">Version ${model.pinned} is pinned: newer ones do not serve.</p>`;
  const columns = ["Version", "State", "Why", "Since"].map((title) => ({ title }));
  return part("models", html`<h2>Models</h2>${pinned}${table("Model versions", columns, rows)}`);
}
