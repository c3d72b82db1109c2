/** Features and one model call: never the caller's fault, so nothing here throws; what goes wrong is said as a fault. */
import type { Candidates } from "../core/decide/candidates.ts";
import type { Fault } from "../core/decide/choose.ts";
import type { People } from "../core/decide/people.ts";
import type { RankRequest } from "../core/decide/rankRequest.ts";
import { scoresOf } from "../core/decide/scores.ts";
import type { TimeMs } from "../core/domain.ts";
import type { Scores } from "../core/explore/explorer.ts";
import { type Encoded, encode, Room } from "../core/features/encode.ts";
import type { Scorer, ScoreResult } from "../ports/scorer.ts";
import { type Deadlines, PASSED } from "./deadlines.ts";
import type { DecisionMetrics } from "./metrics.ts";
import type { AppPorts } from "./ports.ts";
import type { PreparedPolicy } from "./settings.ts";

/** What scoring reads of a request. */
export interface ToScore {
  readonly request: RankRequest;
  readonly policy: PreparedPolicy;
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

export class Scoring {
  private readonly parts: ScoringParts;
  private readonly room = new Room();

  constructor(parts: ScoringParts) {
    this.parts = parts;
  }

  /**
   * At once where the scorer can; then `encoded.dense` is good until the next call, which spares 30 kB of memory a
   * request. Never throws nor rejects.
   */
  score(asked: ToScore): Scored | Promise<Scored> {
    const { stages } = this.parts.ports;
    const scorer = this.scorerOf(asked.policy.name);
    if (scorer === undefined) return { modelVersion: 0, fault: "model" };
    const started = stages === undefined ? 0 : performance.now();
    let encoded: Encoded;
    try {
      encoded = this.encode(asked, scorer.scoreNow === undefined ? undefined : this.room);
    } catch (error) {
      release(scorer);
      return this.faulty("features", 0, error);
    }
    const encodedAt = stages?.add("encode", started) ?? 0;
    if (scorer.scoreNow === undefined) return this.scoreLater(scorer, encoded, asked.deadline);
    try {
      const scored = this.scored(scorer.scoreNow(encoded), { modelVersion: scorer.version, encoded });
      stages?.add("score", encodedAt);
      return scored;
    } catch (error) {
      return this.faulty("model", scorer.version, error);
    } finally {
      release(scorer);
    }
  }

  private scorerOf(policy: string): Scorer | undefined {
    try {
      return this.parts.ports.models.current(policy);
    } catch (error) {
      this.parts.metrics.fault("model", error);
      return undefined;
    }
  }

  private encode({ candidates, people, request, policy, at }: ToScore, room: Room | undefined): Encoded {
    const { items, inputPosition } = candidates;
    const { context, user } = request;
    const asked = { subject: people.subject, context, user: user?.features, items, inputPosition, at };
    return encode(this.parts.ports.replica.state(policy.name), asked, room);
  }

  private async scoreLater(scorer: Scorer, encoded: Encoded, deadline: number): Promise<Scored> {
    const { version: modelVersion } = scorer;
    try {
      const result = await this.parts.deadlines.race(scorer.score(encoded), deadline);
      if (result === PASSED) return { modelVersion, encoded, fault: "deadline" };
      return this.scored(result, { modelVersion, encoded });
    } catch (error) {
      return this.faulty("model", modelVersion, error);
    } finally {
      release(scorer);
    }
  }

  private scored(result: ScoreResult, { modelVersion, encoded }: { modelVersion: number; encoded: Encoded }): Scored {
    const scores = scoresOf(result, encoded.n);
    return scores === undefined ? this.faulty("scores", modelVersion) : { modelVersion, encoded, scores };
  }

  private faulty(fault: Fault, modelVersion: number, error?: unknown): Scored {
    this.parts.metrics.fault(fault, error);
    return { modelVersion, fault };
  }
}

function release(scorer: Scorer): void {
  scorer.release().catch(() => {});
}
