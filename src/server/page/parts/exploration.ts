/** How healthy the exploration is: whether the log can still answer what-if questions. */
import { clock, count, share } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { PageView } from "../view.ts";
import { empty, figure, part, table, tile } from "./common.ts";

export function explorationPart(view: PageView): Html {
  const { overview } = view;
  const title = html`<h2>Exploration</h2>`;
  if (overview === undefined || overview.points.length === 0)
    return part(
      "exploration",
      html`${title}${empty("No draw yet", "Lists that the model drew show here how varied they are.")}`,
    );
  const { now, points } = overview;
  const tiles = html`<dl class="tiles">
${tile("Entropy", share(now.entropy), "of the largest, a slot")}
${tile("Floor hits", share(now.floorShare), "of slots")}
${tile("Effective sample", share(now.effectiveShare), now.effective === undefined ? "no weighted list" : `${count(now.effective)} of ${count(now.uniform.n)} for uniform`)}
${tile("Join rate", share(now.joinRate), `of ${count(now.rewards)} rewards`)}
</dl>`;
  const numbers = table(
    "Exploration over time",
    [
      { title: "From, UTC" },
      ...["Decisions", "Entropy", "Effective sample", "Floor hits"].map((name) => ({ title: name, number: true })),
    ],
    points.map(({ from, lists, entropy, effectiveShare, floorShare }) => [
      clock(from),
      ...[count(lists), share(entropy), share(effectiveShare), share(floorShare)],
    ]),
  );
  const chart = figure(view, {
    name: "exploration",
    alt: "Entropy, effective sample and floor hits over time, each as a share.",
    caption:
      "Entropy is estimated by the mean of −ln p of what was drawn, over ln of the items left. Floor hits: drawn at no more than twice the floor.",
    table: numbers,
    height: { wide: 300, narrow: 250 },
  });
  return part(
    "exploration",
    html`${title}<p class="note">Last five minutes of the log.</p>${tiles}${points.length > 1 && chart}`,
  );
}
