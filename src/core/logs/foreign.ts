/**
 * A listing in formats of others (docs/formats.md). Closed decisions only: others would take a reward that nobody knows
 * yet for none. Features of items are the values that the model read, under the names of the encoder's columns.
 */
import type { Features } from "../domain.ts";
import { compact, type LoggedDecision, type LoggedItem, type LoggedSlot } from "../formats/decision.ts";
import { dsjson } from "../formats/dsjson.ts";
import type { FileFormat } from "../formats/format.ts";
import { metarank } from "../formats/metarank.ts";
import { obp } from "../formats/obp.ts";
import { vw } from "../formats/vw.ts";
import type { DecisionRecord } from "../log/records.ts";
import type { LogEntry } from "./entry.ts";

/** `ccb` is dsjson with every slot; `dsjson` and `vw` have the first slot alone, as contextual bandits do. */
export const foreignFormats = ["dsjson", "ccb", "vw", "obp", "metarank"] as const;
export type ForeignFormat = (typeof foreignFormats)[number];

const byName: { readonly [name in ForeignFormat]: FileFormat } = { dsjson, ccb: dsjson, vw, obp, metarank };
const firstSlotOnly: ReadonlySet<ForeignFormat> = new Set(["dsjson", "vw"]);
const namedInFeatures: ReadonlySet<ForeignFormat> = new Set(["dsjson", "ccb", "vw"]);

/** A writer of entries as text; "" for an entry that the format leaves out. @param names the encoder's columns. */
export function foreignWriter(format: ForeignFormat): (entry: LogEntry, names: readonly string[]) => string {
  const writer = byName[format].writer();
  return (entry, names) => {
    const decision = loggedDecision(entry, names);
    if (decision === undefined || decision.slots.length === 0) return "";
    const slots = firstSlotOnly.has(format) ? decision.slots.slice(0, 1) : decision.slots;
    if (slots[0].reward === undefined) return "";
    const items = namedInFeatures.has(format) ? decision.items.map(withName) : decision.items;
    return writer.write({ kind: "decision", decision: { ...decision, items, slots } });
  };
}

/** To VW a tag is no feature; the name is one as its decision service writes it. */
function withName({ id, features }: LoggedItem): LoggedItem {
  return { id, features: { i: { id: id ?? null }, ...features } };
}

/** The decision as other programs know it; undefined unless its rewards are final. Columns without a name are left out. */
export function loggedDecision({ record, rewards }: LogEntry, names: readonly string[]): LoggedDecision | undefined {
  if (rewards.state !== "closed") return undefined;
  const { id, at, context = {}, user, subject, session, modelVersion, items, slots, propensity } = record;
  const rows = rowsOf(record, names);
  return compact({
    id,
    at,
    user: subject,
    session,
    model: `${record.policy}/${modelVersion}`,
    context: user === undefined ? context : { ...context, user },
    items: items.map((item, i) => ({ id: item, features: rows(i) })),
    slots: slots.map(
      (itemIndex, l): LoggedSlot => compact({ itemIndex, propensity: propensity[l], reward: rewards.bySlot?.[l] }),
    ),
  });
}

/** Features by itemIndex: all candidates' where the line has them, else those of what was shown. */
function rowsOf(record: DecisionRecord, names: readonly string[]): (itemIndex: number) => Features | undefined {
  const { candidates, shown, columns, slots } = record;
  const slotOf = new Map(slots.map((itemIndex, l) => [itemIndex, l]));
  const width = Math.min(columns, names.length);
  return (itemIndex) => {
    const row = candidates === undefined ? slotOf.get(itemIndex) : itemIndex;
    if (row === undefined || width === 0) return undefined;
    const values = candidates ?? shown;
    const features: { [name: string]: number } = {};
    for (let j = 0; j < width; j++) features[names[j]] = values[row * columns + j];
    return { features };
  };
}
