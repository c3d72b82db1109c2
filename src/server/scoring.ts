/** Features and model calls: never the caller's fault, so nothing here rejects; what goes wrong is said as a fault. */
import type { Candidates } from "../core/decide/candidates.ts";
import type { Fault } from "../core/decide/choose.ts";
import type { People } from "../core/decide/people.ts";
import type { RankRequest } from "../core/decide/rankRequest.ts";
import { scoresOf } from "../core/decide/scores.ts";
import type { TimeMs } from "../core/domain.ts";
import type { Scores } from "../core/explore/explorer.ts";
import { type Encoded, encode } from "../core/features/encode.ts";
import type { Arm } from "../core/variants/arms.ts";
import type { ScoreResult, Scorer } from "../ports/scorer.ts";
import { type Deadlines, PASSED } from "./deadlines.ts";
import type { DecisionMetrics } from "./metrics.ts";
import type { AppPorts } from "./ports.ts";
import { addPublicRows, hideAlike, isAllFinite, rowsOf, scoreBoth, twinOf } from "./publicRows.ts";
import type { PreparedPolicy } from "./settings.ts";

/** What scoring reads of a request. */
export interface ToScore {
  readonly request: RankRequest;
  readonly policy: PreparedPolicy;
  readonly arm: Arm;
  readonly candidates: Candidates;
  readonly people: People;
  readonly at: TimeMs;
  /** In `elapsed()` milliseconds. */
  readonly deadline: number;
}

/** What scoring gave: scores, or the fault that stands for them. */
export interface Scored {
  readonly modelVersion: number;
  readonly encoded?: Encoded;
  readonly scores?: Scores;
  readonly fault?: Fault;
}

export interface ScoringParts {
  readonly ports: AppPorts;
  readonly deadlines: Deadlines;
  readonly metrics: DecisionMetrics;
}

interface Waiting {
  readonly asked: ToScore;
  readonly resolve: (scored: Scored) => void;
}

/** Bounds of one call of a model: 16 requests of 100 candidates take half a millisecond. */
const REQUESTS_MAX = 16;
const ROWS_MAX = 2_048;

export class Scoring {
  private readonly parts: ScoringParts;
  private waiting: Waiting[] = [];
  private readonly dense = new Room();
  private readonly counts = new Room();

  constructor(parts: ScoringParts) {
    this.parts = parts;
  }

  /**
   * Requests of one turn of the event loop are scored together: of a call for each, half would go into calling. What
   * comes back may lie in shared memory: `encoded` is good until the caller's next await. Never rejects.
   */
  score(asked: ToScore): Promise<Scored> {
    return new Promise((resolve) => {
      if (this.waiting.length === 0) this.soon();
      this.waiting.push({ asked, resolve });
    });
  }

  private soon(): void {
    setImmediate(() => {
      const batch = this.nextBatch();
      if (this.waiting.length > 0) this.soon();
      this.scoreBatch(batch);
    });
  }

  /** The first that waits, and others of its policy and model as far as they fit. One batch a turn: the memory is shared. */
  private nextBatch(): readonly Waiting[] {
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    let rows = 0;
    for (const one of this.waiting) {
      const sum = rows + rowsOf(one.asked);
      const fits =
        batch.length === 0 || (sameModel(one.asked, batch[0].asked) && sum <= ROWS_MAX && batch.length < REQUESTS_MAX);
      (fits ? batch : left).push(one);
      if (fits) rows = sum;
    }
    this.waiting = left;
    return batch;
  }

  private scoreBatch(batch: readonly Waiting[]): void {
    const { version } = batch[0].asked.arm.model;
    const scorer = this.scorerOf(batch[0].asked.arm);
    // A version that a variant names and nobody could load: what serves the others serves here too.
    if (version !== undefined && scorer !== undefined && scorer.version !== version)
      for (let i = 0; i < batch.length; i++) this.parts.metrics.fault("variant model");
    if (scorer?.scoreNow !== undefined) this.scoreTogether(scorer, batch);
    else for (const { asked, resolve } of batch) this.scoreAlone(asked).then(resolve);
    if (scorer !== undefined) release(scorer);
  }

  /** Features side by side, one call, each request its part of the answer. */
  private scoreTogether(scorer: Scorer, batch: readonly Waiting[]): void {
    const { replica, stages } = this.parts.ports;
    const started = stages === undefined ? 0 : performance.now();
    const { version: modelVersion } = scorer;
    const { columns } = replica.state(batch[0].asked.policy.name).schema;
    const twin = twinOf(batch[0].asked, columns, scorer.population);
    const rows = batch.reduce((sum, { asked }) => sum + rowsOf(asked), 0);
    const dense = this.dense.take(rows * columns.length);
    const counts = this.counts.take(rows);
    const good: { readonly one: Waiting; readonly encoded: Encoded; readonly from: number }[] = [];
    let n = 0;
    for (const one of batch) {
      const to = n + one.asked.candidates.items.length;
      try {
        const into = { dense: dense.subarray(n * columns.length, to * columns.length), counts: counts.subarray(n, to) };
        good.push({ one, encoded: this.encode(one.asked, into), from: n });
        n = to;
      } catch (error) {
        one.resolve(this.faulty("features", twin === undefined ? 0 : modelVersion, error));
      }
    }
    if (twin !== undefined) addPublicRows({ dense, n, columns: columns.length }, twin);
    const encodedAt = stages?.add("encode", started) ?? 0;
    if (n === 0) return;
    try {
      const sizes = good.map(({ encoded }) => encoded.n);
      const twins = twin !== undefined;
      const whole = {
        dense: dense.subarray(0, (twins ? 2 * n : n) * columns.length),
        counts: counts.subarray(0, n),
        columns: columns.length,
        ids: scorer.readsIds === true ? idsOf(good) : undefined,
      };
      const { mean, variance } = scorer.scoreNow?.({ ...whole, n, sizes, twins }) ?? NOTHING;
      for (const { one, encoded, from } of good) {
        const own = {
          mean: mean.subarray(from, from + encoded.n),
          variance: variance.subarray(from, from + encoded.n),
        };
        const publicMean = twin && mean.subarray(n + from, n + from + encoded.n);
        one.resolve(this.scored(own, { modelVersion, encoded, publicMean }));
      }
    } catch (error) {
      for (const { one } of good) one.resolve(this.faulty("model", modelVersion, error));
    }
    stages?.add("score", encodedAt);
  }

  /** A call of its own in memory of its own. */
  private async scoreAlone(asked: ToScore): Promise<Scored> {
    const scorer = this.scorerOf(asked.arm);
    if (scorer === undefined) return { modelVersion: 0, fault: "model" };
    const { version: modelVersion } = scorer;
    const { columns } = this.parts.ports.replica.state(asked.policy.name).schema;
    const twin = twinOf(asked, columns, scorer.population);
    let encoded: Encoded;
    try {
      encoded = this.encode(asked);
    } catch (error) {
      release(scorer);
      return this.faulty("features", twin === undefined ? 0 : modelVersion, error);
    }
    try {
      const result = await this.parts.deadlines.race(
        scoreBoth(scorer, { ...encoded, ids: asked.candidates.ids }, twin),
        asked.deadline,
      );
      if (result === PASSED) return { modelVersion, encoded, fault: "deadline" };
      return this.scored(result, { modelVersion, encoded, publicMean: result.publicMean });
    } catch (error) {
      return this.faulty("model", modelVersion, error);
    } finally {
      release(scorer);
    }
  }

  private scorerOf({ model }: Arm): Scorer | undefined {
    try {
      return this.parts.ports.models.current(model.line, model.version);
    } catch (error) {
      this.parts.metrics.fault("model", error);
      return undefined;
    }
  }

  private encode(
    { candidates, people, request, policy, at }: ToScore,
    into?: Pick<Encoded, "dense" | "counts">,
  ): Encoded {
    const { items, inputPosition } = candidates;
    const { context, user, itemNumbers } = request;
    const asked = { subject: people.subject, context, user: user?.features, items, inputPosition, itemNumbers, at };
    return encode(this.parts.ports.replica.state(policy.name), asked, into);
  }

  private scored(
    result: ScoreResult,
    of: { modelVersion: number; encoded: Encoded; publicMean?: Float32Array },
  ): Scored {
    const { modelVersion, encoded, publicMean } = of;
    const scores = scoresOf(result, encoded.n);
    if (scores === undefined) return this.faulty("scores", modelVersion);
    if (publicMean === undefined) return { modelVersion, encoded, scores };
    if (!isAllFinite(publicMean, encoded.n)) return this.faulty("scores", modelVersion);
    return { modelVersion, encoded, scores: { ...scores, publicScore: publicMean } };
  }

  private faulty(fault: Fault, modelVersion: number, error?: unknown): Scored {
    this.parts.metrics.fault(fault, error);
    return { modelVersion, fault };
  }
}

function idsOf(good: readonly { readonly one: Waiting }[]): string[] {
  return good.flatMap(({ one }) => [...one.asked.candidates.ids]);
}

function sameModel(a: ToScore, b: ToScore): boolean {
  if (a.arm === b.arm) return true;
  return (
    hideAlike(a, b) &&
    a.policy.name === b.policy.name &&
    a.arm.model.line === b.arm.model.line &&
    a.arm.model.version === b.arm.model.version
  );
}

const NOTHING: ScoreResult = { mean: new Float32Array(0), variance: new Float32Array(0) };

function release(scorer: Scorer): void {
  scorer.release().catch(() => {});
}

/** Memory that is used again: of the most that was ever taken at once. */
class Room {
  private values = new Float32Array(0);

  /** `length` values, whatever stands in them; what was taken before is gone. */
  take(length: number): Float32Array {
    if (this.values.length < length) this.values = new Float32Array(length);
    return this.values.subarray(0, length);
  }
}
