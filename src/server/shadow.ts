/**
 * Scores of the version labelled shadow, beside the answers: what a request encoded is copied after its draw, and scored
 * when the loop has nothing else to do. It is served to nobody and waits for nobody: over the bound it is left out. What
 * it says goes into the log beside the decision (level `process`, nobody waits for it).
 */
import { scoresOf } from "../core/decide/scores.ts";
import type { DecisionId } from "../core/domain.ts";
import type { Encoded } from "../core/features/encode.ts";
import { RecordKind, type ShadowRecord } from "../core/log/records.ts";
import type { Clock } from "../ports/clock.ts";
import type { Counter, Histogram, Metrics } from "../ports/metrics.ts";
import type { ScoreResult, Scorer } from "../ports/scorer.ts";
import { LATENCY_BUCKETS } from "./metrics.ts";

/** Requests that wait for their shadow at once. */
const WAITING_MAX = 16;

export interface ShadowParts {
  readonly clock: Pick<Clock, "elapsed" | "now">;
  readonly metrics: Metrics;
  /** The version's scorer, held for the caller; undefined where the line has no shadow loaded here. */
  readonly shadowOf: (line: string) => Scorer | undefined;
}

/** The decision that a shadow is asked about. */
export interface Shadowed {
  readonly id: DecisionId;
  readonly ids: readonly string[];
  readonly score: Float32Array;
  /** Appends to the decision's stream. @throws where the log takes nothing */
  readonly log: (record: ShadowRecord) => { readonly durable: Promise<void> };
}

interface Waiting extends Pick<Shadowed, "id" | "log"> {
  readonly line: string;
  readonly rows: { readonly dense: Float32Array; readonly counts: Float32Array; n: number; columns: number };
  readonly ids: readonly string[];
  /** Index of the item that the serving model scores highest. */
  readonly leader: number;
}

export class Shadow {
  private readonly parts: ShadowParts;
  private readonly waiting: Waiting[] = [];
  private readonly outcomes: (outcome: string) => Counter;
  private readonly seconds: Histogram;

  constructor(parts: ShadowParts) {
    this.parts = parts;
    const outcomes = parts.metrics.counter({
      name: "brigand_shadow_total",
      help: "Requests scored by a shadow: agreed or differed on the first item, failed, left out when too many wait, not logged.",
      labels: ["outcome"],
    });
    this.outcomes = (outcome) => outcomes.with(outcome);
    const help = "A shadow's call, beside the answers.";
    this.seconds = parts.metrics.histogram({ name: "brigand_shadow_seconds", help, buckets: LATENCY_BUCKETS }).with();
  }

  /** Called after the draw, before the next await. Cost: a copy of the matrix; a lookup where there is no shadow. */
  note(line: string, encoded: Encoded, of: Shadowed): void {
    const scorer = this.parts.shadowOf(line);
    if (scorer === undefined) return;
    scorer.release().catch(() => {});
    if (this.waiting.length >= WAITING_MAX) {
      this.outcomes("left out").add();
      return;
    }
    const { dense, counts, n, columns } = encoded;
    const rows = { dense: dense.slice(0, n * columns), counts: counts.slice(0, n), n, columns };
    const { id, log, score } = of;
    this.waiting.push({ id, log, line, rows, ids: [...of.ids], leader: largest(score, n) });
    if (this.waiting.length === 1) setImmediate(() => void this.work());
  }

  /** One request a turn of the loop, so that answers come between. */
  private async work(): Promise<void> {
    const [one] = this.waiting;
    if (one === undefined) return;
    const scorer = this.parts.shadowOf(one.line);
    const started = this.parts.clock.elapsed();
    try {
      const scores = await scorer?.score({ ...one.rows, ids: one.ids });
      if (scores !== undefined) {
        this.log(one, scores, scorer?.version ?? 0);
        this.outcomes(largest(scores.mean, one.rows.n) === one.leader ? "agreed" : "differed").add();
        this.seconds.observe((this.parts.clock.elapsed() - started) / 1000);
      }
    } catch {
      this.outcomes("failed").add();
    } finally {
      scorer?.release().catch(() => {});
    }
    this.waiting.shift();
    if (this.waiting.length > 0) setImmediate(() => void this.work());
  }

  /** Scores that are no numbers are a failure of the shadow; a log that takes nothing is none of its own. */
  private log({ id, log, rows }: Waiting, result: ScoreResult, version: number): void {
    const scores = scoresOf(result, rows.n);
    if (scores === undefined) throw new Error("not finite");
    try {
      log({ kind: RecordKind.shadow, decision: id, version, ...scores, at: this.parts.clock.now() }).durable.catch(() =>
        this.outcomes("not logged").add(),
      );
    } catch {
      this.outcomes("not logged").add();
    }
  }
}

/** The first of the largest. */
function largest(values: Float32Array, n: number): number {
  let index = 0;
  for (let i = 1; i < n; i++) if (values[i] > values[index]) index = i;
  return index;
}
