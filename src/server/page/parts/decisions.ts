/** The newest decisions that have settled. */
import type { LatestList } from "../../../core/insight/fold.ts";
import { clock, probability } from "../format.ts";
import { type Html, html } from "../html.ts";
import { table } from "./common.ts";

export function decisionsTable(latest: readonly LatestList[], nMax: number): Html {
  const rows = latest
    .slice(-nMax)
    .toReversed()
    .map(({ id, at, variant, served, modelVersion, items, propensity, reward }) => [
      html`<a href="/decisions/${encodeURIComponent(id)}">${clock(at)}</a>`,
      html`<span class="items">${items.slice(0, 3).join(" › ")}${items.length > 3 && " …"}</span>`,
      propensity === undefined ? "–" : probability(propensity),
      variant,
      served === "model" ? `version ${modelVersion}` : served,
      reward === 0 ? html`<span class="muted">0</span>` : Number(reward.toPrecision(4)),
    ]);
  const columns = [
    { title: "At, UTC" },
    { title: "Shown", wide: true },
    { title: "First item’s probability", number: true },
    { title: "Variant" },
    { title: "Chosen by" },
    { title: "Reward", number: true },
  ];
  return table("Newest decisions", columns, rows);
}
