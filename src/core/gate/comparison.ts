/**
 * Two versions on the same logged decisions: the value of each, their paired difference, and what the weights say about
 * the log. A fold in the order of the log; units are subjects, because one subject's decisions are alike.
 *
 * Memory: four numbers a subject, three a position.
 */
import type { ListTerms } from "../estimators/cascade.ts";
import { Normalised } from "../estimators/normalised.ts";
import { addUnit, emptyRatio, type Ratio, ratioEstimate } from "../estimators/ratio.ts";
import type { Estimate } from "../estimators/sequence.ts";

export interface JudgedDecision {
  /** Absent: a unit of its own. */
  readonly subject?: string;
  /** Reward by slot. */
  readonly reward: ArrayLike<number>;
  readonly current: ListTerms;
  readonly candidate: ListTerms;
  /** Share of the candidate's probability, over the slots, on items that the log could not have shown. */
  readonly unsupported: number;
}

export interface Compared {
  readonly decisions: number;
  readonly subjects: number;
  readonly served: number;
  readonly current: Estimate;
  readonly candidate: Estimate;
  readonly difference: Estimate;
  readonly plainDifference: number;
  /** (Σ w)² / Σ w², w the mean of a decision's prefix weights. */
  readonly effective: number;
  /** (Σ w·r)² / Σ (w·r)², sizes of rewards. */
  readonly effectiveRewards: number;
  /** Mean of w; 1 where the log supports the candidate. */
  readonly weight: Estimate;
  readonly weightMax: number;
  readonly unsupported: number;
}

/** What is summed for a unit: robust values of both, their difference, the weight. */
const MEASURES = 4;

export class Comparison {
  private readonly units = new Map<string, Float64Array>();
  private alone: Ratio[] = Array.from({ length: MEASURES }, () => emptyRatio);
  private readonly positions = { current: new Normalised(), candidate: new Normalised() };
  private n = 0;
  private served = 0;
  private weightSquares = 0;
  private rewards = 0;
  private rewardSquares = 0;
  private weightMax = 0;
  private unsupported = 0;

  add({ subject, reward, current, candidate, unsupported }: JudgedDecision): void {
    const weight = mean(candidate.weights);
    let weighted = 0;
    for (let slot = 0; slot < reward.length; slot++) {
      this.served += reward[slot];
      weighted += Math.abs(candidate.weights[slot] * reward[slot]);
      this.weightMax = Math.max(this.weightMax, candidate.weights[slot]);
    }
    this.n++;
    this.weightSquares += weight * weight;
    this.rewards += weighted;
    this.rewardSquares += weighted * weighted;
    this.unsupported += unsupported;
    this.positions.current.add(current.weights, reward);
    this.positions.candidate.add(candidate.weights, reward);
    this.addMeasures(subject, [current.robust, candidate.robust, candidate.robust - current.robust, weight]);
  }

  private addMeasures(subject: string | undefined, measures: readonly number[]): void {
    if (subject === undefined) {
      this.alone = this.alone.map((ratio, i) => addUnit(ratio, { n: 1, sum: measures[i] }));
      return;
    }
    let unit = this.units.get(subject);
    if (unit === undefined) {
      unit = new Float64Array(1 + MEASURES);
      this.units.set(subject, unit);
    }
    unit[0]++;
    for (let i = 0; i < MEASURES; i++) unit[1 + i] += measures[i];
  }

  /** Cost: linear in the subjects. */
  value(): Compared {
    let ratios = this.alone;
    for (const unit of this.units.values())
      ratios = ratios.map((ratio, i) => addUnit(ratio, { n: unit[0], sum: unit[1 + i] }));
    const [current, candidate, difference, weight] = ratios.map(ratioEstimate);
    const { n, positions } = this;
    return {
      ...{ decisions: n, subjects: ratios[0].units, served: this.served / n, current, candidate, difference, weight },
      plainDifference: positions.candidate.value() - positions.current.value(),
      effective: (n * weight.value) ** 2 / this.weightSquares,
      effectiveRewards: this.rewards ** 2 / this.rewardSquares,
      weightMax: this.weightMax,
      unsupported: this.unsupported / n,
    };
  }
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 1 : sum / values.length;
}
