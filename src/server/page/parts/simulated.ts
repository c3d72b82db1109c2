/** Says that the traffic is made up, and offers to remove the demo with everything it left. */
import { DEMO_POLICY } from "../../../core/simulator/demo.ts";
import { type Html, html } from "../html.ts";
import type { PageView } from "../view.ts";

export function simulatedPart({ settings, policy, removable, removing }: PageView): Html | undefined {
  if (settings.simulated !== true) return undefined;
  const remove = html`<form method="post" action="/page/demo/remove" data-confirm="Remove the demo with everything it left?"><button>Remove the demo</button></form>`;
  if (removing)
    return html`<section id="simulated" data-part class="banner" aria-label="Simulated"><p role="status"><strong>The demo is being removed</strong> with everything it left. Everything else goes on.</p></section>`;
  return html`<section id="simulated" data-part class="banner" aria-label="Simulated"><p><strong>Simulated.</strong> Made-up users click by hidden tastes, over this very API. Everything else is the real thing: log, training, models, these numbers.</p>${removable && policy === DEMO_POLICY && remove}</section>`;
}
