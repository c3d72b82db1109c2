/** The log line of a decision, from its parts. */
import type { TimeMs } from "../domain.ts";
import type { Scores } from "../explore/explorer.ts";
import type { Encoded } from "../features/encode.ts";
import { type DecisionRecord, FORMAT_VERSION, NOISE_FORMAT_VERSION, RecordKind } from "../log/records.ts";
import { float32s } from "../math/slab.ts";
import type { Arm } from "../variants/arms.ts";
import type { Candidates } from "./candidates.ts";
import type { Chosen } from "./choose.ts";
import type { ItemList } from "./itemLists.ts";
import type { People } from "./people.ts";
import type { RankRequest } from "./rankRequest.ts";

/** Grouped as they come: a copy of all fields into one object costs as much as the draw. */
export interface LineParts {
  readonly asked: {
    readonly request: RankRequest;
    readonly policy: { readonly name: string };
    readonly arm: Arm;
    readonly candidates: Candidates;
    readonly people: People;
    readonly at: TimeMs;
    readonly bodyHash?: string;
    /** All items of the request, where they were read by `plainItems.ts`. */
    readonly list?: ItemList;
  };
  /** Encoded features and scores are absent where a fault came first. */
  readonly scored: { readonly modelVersion: number; readonly encoded?: Encoded; readonly scores?: Scores };
  readonly chosen: Chosen;
  readonly id: string;
  readonly workspace: string;
  readonly nonce: string;
  readonly seed: string;
  readonly passProbability: number;
  readonly full: boolean;
}

const NOTHING = new Float32Array(0);
const NO_CONSENT: readonly string[] = [];

/** Without scores a line has no columns either: features that no model read are not kept. */
export function lineOf(parts: LineParts): DecisionRecord {
  const { asked, scored, chosen } = parts;
  const { request, policy, arm, candidates, people } = asked;
  const { scores } = scored;
  const n = candidates.items.length;
  const encoded = scores === undefined ? undefined : scored.encoded;
  const slots = listOf(chosen.slots, chosen.slots.length);
  const full = parts.full && encoded !== undefined;
  return {
    kind: RecordKind.decision,
    v: chosen.noise === undefined ? FORMAT_VERSION : NOISE_FORMAT_VERSION,
    id: parts.id,
    workspace: parts.workspace,
    policy: policy.name,
    variant: arm.variant,
    modelVersion: scored.modelVersion,
    columns: encoded?.columns ?? 0,
    subject: people.subject,
    session: people.session,
    unit: people.unit,
    consent: request.consent ?? NO_CONSENT,
    at: asked.at,
    served: chosen.served,
    reason: chosen.reason,
    deferred: request.defer === true,
    context: request.context,
    user: request.user?.features,
    explorer: arm.explorer.name,
    parameters: arm.parameters,
    floor: chosen.floor,
    nonce: parts.nonce,
    seed: parts.seed,
    passProbability: parts.passProbability,
    full,
    bodyHash: asked.bodyHash,
    items: candidates.ids,
    itemsText: candidates.whole ? asked.list?.idsText : undefined,
    inputPosition: candidates.whole ? undefined : listOf(candidates.inputPosition, n),
    pins: candidates.pins,
    slots,
    propensity: listOf(chosen.propensity, slots.length),
    score: scores?.score ?? new Float32Array(n),
    uncertainty: scores?.uncertainty ?? new Float32Array(n),
    shown: encoded === undefined ? NOTHING : rowsOf(encoded, slots),
    candidates: full ? encoded.dense : undefined,
    noise: chosen.noise,
    publicScore: chosen.noise === undefined ? undefined : scores?.publicScore,
  };
}

/** The rows of these itemIndexes, in their order. */
function rowsOf(encoded: Encoded, itemIndexes: readonly number[]): Float32Array {
  const { columns, dense } = encoded;
  const rows = float32s(itemIndexes.length * columns);
  let to = 0;
  for (let slot = 0; slot < itemIndexes.length; slot++) {
    const from = itemIndexes[slot] * columns;
    for (let i = 0; i < columns; i++) rows[to++] = dense[from + i];
  }
  return rows;
}

/** The first n as an array; `Array.from` walks an iterator. */
function listOf(values: ArrayLike<number>, n: number): number[] {
  const list: number[] = new Array(n);
  for (let i = 0; i < n; i++) list[i] = values[i];
  return list;
}
