/** The log line of a decision, from its parts. */
import type { TimeMs } from "../domain.ts";
import type { Scores } from "../explore/explorer.ts";
import type { Encoded } from "../features/encode.ts";
import { type DecisionRecord, FORMAT_VERSION, RecordKind } from "../log/records.ts";
import type { Candidates } from "./candidates.ts";
import type { Chosen, Policy } from "./choose.ts";
import type { People } from "./people.ts";
import type { RankRequest } from "./rankRequest.ts";

export interface LineParts {
  readonly request: RankRequest;
  readonly policy: Policy & { readonly name: string };
  readonly candidates: Candidates;
  readonly people: People;
  readonly chosen: Chosen;
  readonly modelVersion: number;
  /** Absent where a fault came first. */
  readonly encoded?: Encoded;
  readonly scores?: Scores;
  readonly id: string;
  readonly workspace: string;
  readonly at: TimeMs;
  readonly nonce: string;
  readonly seed: string;
  readonly passProbability: number;
  readonly full: boolean;
  readonly bodyHash?: string;
}

const NOTHING = new Float32Array(0);
const NO_CONSENT: readonly string[] = [];

/** Without scores a line has no columns either: features that no model read are not kept. */
export function lineOf(parts: LineParts): DecisionRecord {
  const { request, policy, candidates, people, chosen } = parts;
  const n = candidates.items.length;
  const encoded = parts.scores === undefined ? undefined : parts.encoded;
  const slots = Array.from(chosen.slots);
  const full = parts.full && encoded !== undefined;
  return {
    kind: RecordKind.decision,
    v: FORMAT_VERSION,
    id: parts.id,
    workspace: parts.workspace,
    policy: policy.name,
    variant: "default",
    modelVersion: parts.modelVersion,
    columns: encoded?.columns ?? 0,
    subject: people.subject,
    session: people.session,
    unit: people.unit,
    consent: NO_CONSENT,
    at: parts.at,
    served: chosen.served,
    reason: chosen.reason,
    deferred: request.defer === true,
    context: request.context,
    user: request.user?.features,
    explorer: policy.explorer.name,
    parameters: policy.parameters,
    floor: chosen.floor,
    nonce: parts.nonce,
    seed: parts.seed,
    passProbability: parts.passProbability,
    full,
    bodyHash: parts.bodyHash,
    items: candidates.ids,
    inputPosition: candidates.whole ? undefined : Array.from(candidates.inputPosition),
    pins: candidates.pins,
    slots,
    propensity: Array.from(chosen.propensity),
    score: parts.scores?.score ?? new Float32Array(n),
    uncertainty: parts.scores?.uncertainty ?? new Float32Array(n),
    shown: encoded === undefined ? NOTHING : rowsOf(encoded, slots),
    candidates: full ? encoded.dense : undefined,
  };
}

/** The rows of these itemIndexes, in their order. */
function rowsOf(encoded: Encoded, itemIndexes: readonly number[]): Float32Array {
  const { columns, dense } = encoded;
  const rows = new Float32Array(itemIndexes.length * columns);
  for (let slot = 0; slot < itemIndexes.length; slot++) {
    const from = itemIndexes[slot] * columns;
    rows.set(dense.subarray(from, from + columns), slot * columns);
  }
  return rows;
}
