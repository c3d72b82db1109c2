/**
 * The head of a decision's line as JSON, its id first: what the lines of a policy share is made once, and the list of
 * items may be there already; of a line of 100 items JSON.stringify would take twice as long.
 */
import { quoted } from "../codec/quoted.ts";
import type { DecisionRecord } from "./records.ts";

type Head = Omit<
  DecisionRecord,
  "kind" | "itemsText" | "score" | "uncertainty" | "shown" | "candidates" | "publicScore"
>;
/** What lines have in common until a setting or the model changes. */
type Shared = Pick<
  Head,
  "v" | "workspace" | "policy" | "variant" | "modelVersion" | "columns" | "consent" | "explorer" | "parameters"
>;
/** Required, so that a field that the record gains cannot be forgotten here. */
type Own = { [Name in keyof Required<Omit<Head, "id" | "items" | keyof Shared>>]: Head[Name] | undefined };

/** @param record its `itemsText`, where there, is `items` as JSON. Cost: 4 µs at 100 items and 10 slots with it. */
export function decisionHead(record: DecisionRecord): string {
  const items = record.itemsText ?? JSON.stringify(record.items);
  return `{"id":${quoted(record.id)},${sharedText(record)},"items":${items},${JSON.stringify(ownOf(record)).slice(1)}`;
}

/** By the parameters, one object a variant for as long as its settings stand. */
const texts = new WeakMap<object, { readonly of: Shared; readonly text: string }>();

/** Made again when a value is another than in the variant's line before. */
function sharedText(record: Shared): string {
  const known = texts.get(record.parameters);
  if (known !== undefined && sameShared(record, known.of)) return known.text;
  const { v, workspace, policy, variant, modelVersion, columns, consent, explorer, parameters } = record;
  const of = { v, workspace, policy, variant, modelVersion, columns, consent, explorer, parameters };
  const text = JSON.stringify(of).slice(1, -1);
  texts.set(parameters, { of, text });
  return text;
}

function sameShared(a: Shared, b: Shared): boolean {
  return (
    a.consent === b.consent &&
    a.policy === b.policy &&
    a.variant === b.variant &&
    a.explorer === b.explorer &&
    a.workspace === b.workspace &&
    a.modelVersion === b.modelVersion &&
    a.columns === b.columns &&
    a.v === b.v
  );
}

/** Named one by one: a spread costs as much as the rest. */
function ownOf(record: DecisionRecord): Own {
  return {
    unit: record.unit,
    at: record.at,
    served: record.served,
    deferred: record.deferred,
    subject: record.subject,
    session: record.session,
    reason: record.reason,
    context: record.context,
    user: record.user,
    floor: record.floor,
    nonce: record.nonce,
    seed: record.seed,
    passProbability: record.passProbability,
    full: record.full,
    bodyHash: record.bodyHash,
    inputPosition: record.inputPosition,
    pins: record.pins,
    slots: record.slots,
    propensity: record.propensity,
    noise: record.noise,
  };
}
