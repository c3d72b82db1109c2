/**
 * Which versions of a line serve whom. Without labels the newest version serves. `stable` holds a version until it is
 * taken away; `canary` serves a sticky share of the subjects; `shadow` scores beside the answers and serves nobody.
 * Values are immutable, each change is the next generation.
 */
import Type, { type Static } from "typebox";
import Value from "typebox/value";
import { BrigandError } from "../errors.ts";
import { Evidence } from "../gate/evidence.ts";

const Version = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const Labels = Type.Object({
  format: Type.Literal(1),
  /** 0: never labelled. */
  generation: Type.Integer({ minimum: 0 }),
  /** Milliseconds since 1970. */
  at: Type.Number(),
  /** Why it was changed, for people. */
  reason: Type.String(),
  stable: Type.Optional(Version),
  canary: Type.Optional(
    Type.Object({
      version: Version,
      share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
      /** Generation in which it began: it stands in the log, so that another share is another comparison. */
      since: Type.Integer({ minimum: 1 }),
    }),
  ),
  shadow: Type.Optional(Version),
  /** What the promotion gate saw, of the change that made this generation. */
  evidence: Type.Optional(Evidence),
  /** Versions that served as stable before, the latest last; rollback goes back along them. */
  history: Type.Array(Version),
});
export type Labels = Static<typeof Labels>;
export type Canary = NonNullable<Labels["canary"]>;

export const noLabels: Labels = { format: 1, generation: 0, at: 0, reason: "", history: [] };

/** Versions that rollback can go back to. */
const HISTORY_MAX = 8;

/** What is asked for: null takes a label away, undefined leaves it. */
export interface LabelChange {
  readonly stable?: number | null;
  readonly canary?: { readonly version: number; readonly share: number } | null;
  readonly shadow?: number | null;
  readonly evidence?: Evidence;
}

export interface Occasion {
  readonly at: number;
  readonly reason: string;
}

/** @param serving the version that serves the line now. */
export function changed(labels: Labels, change: LabelChange, by: Occasion & { readonly serving: number }): Labels {
  const { at, reason, serving } = by;
  const generation = labels.generation + 1;
  const { stable = labels.stable, canary = labels.canary, shadow = labels.shadow } = change;
  const moves = typeof change.stable === "number" && change.stable !== serving;
  const history = moves ? [...labels.history, serving].slice(-HISTORY_MAX) : labels.history;
  const since = change.canary === undefined ? labels.canary?.since : generation;
  // Who becomes stable is no canary any more.
  const left = canary === null || canary === undefined || canary.version === stable ? undefined : canary;
  return tidy({
    ...{ format: 1, generation, at, reason, history },
    stable: stable ?? undefined,
    canary: left && { version: left.version, share: left.share, since: since ?? generation },
    shadow: shadow ?? undefined,
    evidence: change.evidence,
  });
}

/**
 * Back to what served before: along the history, else to `before`, the version that served before the serving one; a
 * canary ends. @throws CB_ROLLBACK_IMPOSSIBLE
 */
export function rolledBack(
  labels: Labels,
  by: Occasion & { readonly line: string; readonly serving: number; readonly before?: number },
): Labels {
  const { at, reason, line, serving, before } = by;
  const earlier = labels.history.filter((version) => version !== serving);
  const stable = earlier.at(-1) ?? before;
  if (stable === undefined || stable === serving) throw new BrigandError("CB_ROLLBACK_IMPOSSIBLE", { policy: line });
  const { shadow, generation } = labels;
  const history = earlier.slice(0, -1);
  return tidy({ format: 1, generation: generation + 1, at, reason, history, stable, shadow });
}

/** Every version that must stay on disk. */
export function labelled({ stable, canary, shadow, history }: Labels): readonly number[] {
  return [stable, canary?.version, shadow, ...history].filter((version) => version !== undefined);
}

/** Undefined for bytes that are no labels. */
export function parseLabels(bytes: Uint8Array): Labels | undefined {
  try {
    return labelsOf(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

/** Undefined for a value that is no labels. */
export function labelsOf(value: unknown): Labels | undefined {
  return Value.Check(Labels, value) ? value : undefined;
}

export function labelsBytes(labels: Labels): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(labels)}\n`);
}

/** Without fields that are not there: equal labels are equal as JSON. */
function tidy(labels: Labels): Labels {
  const { stable, canary, shadow, evidence, ...rest } = labels;
  return {
    ...rest,
    ...(evidence !== undefined && { evidence }),
    ...(stable !== undefined && { stable }),
    ...(canary !== undefined && { canary }),
    ...(shadow !== undefined && { shadow }),
  };
}
