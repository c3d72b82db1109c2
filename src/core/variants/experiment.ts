/**
 * What each variant of a policy has earned since the split was last changed: a fold over the joined log, kept beside
 * the features by the writer (which saves it) and by every server. Only closed decisions that the model served count.
 *
 * A unit is what variants are assigned by: the user, else the session, else the decision. Subjects that may come again
 * are kept one by one up to `subjectsMax`; over it a sample by their hash, the same subjects whichever variant they
 * have, with everything they did since the split began:
 *
 *   kept ⇔ murmur3(subject) < threshold ;  over the bound the threshold is halved and the rest goes
 *
 * Sums and numbers of decisions stay exact; numbers of subjects become estimates (standard error 1/√kept), and the
 * spread over subjects is that of the sample. Decisions without a subject never come again and need no memory.
 */
import type { Subject } from "../domain.ts";
import { addToMultinomial, emptyMultinomial, type Multinomial } from "../estimators/multinomial.ts";
import { addUnit, emptyRatio, type Ratio } from "../estimators/ratio.ts";
import type { CloseOperation, VariantsOperation } from "../join/operations.ts";
import { murmur3 } from "../math/murmur3.ts";
import { DEFAULT_VARIANT, type Variant, variantInFull } from "../settings/variants.ts";
import { sharesOf } from "./assign.ts";
import { type CanaryName, canaryNamed } from "./canary.ts";

export const SUBJECTS_MAX = 50_000;
/** Servers read settings once a second: until all have, decisions of the old split may come. */
export const GRACE_MS = 2_000;
/** Independent of every split's hash. */
const SAMPLE_SEED = 0x5a4d504c;
const WHOLE = 2 ** 32;

/** Decisions and rewards of one subject. */
export interface SubjectTotals {
  n: number;
  sum: number;
}

export interface ArmTotals {
  /** Closed decisions, whoever chose; those that the model served, and the sum of their rewards. */
  closed: number;
  decisions: number;
  reward: number;
  /** Of them the ones without a subject, each a unit of its own. */
  alone: Ratio;
  /** Subjects below the threshold. */
  subjects: Map<Subject, SubjectTotals>;
}

/** From when on which variants; no variants, no salt and 0 before the first split. */
export type Period = Pick<VariantsOperation, "variants" | "salt" | "since">;

export interface SavedExperiment {
  readonly period: Period;
  readonly arms: ArmTotals[];
  readonly threshold: number;
  readonly ratio: Multinomial;
  readonly elsewhere: number;
  /** Absent until there was a canary. */
  readonly trial?: { readonly name: CanaryName; readonly experiment: SavedExperiment };
}

/** A canary against the arm that it was taken from, in an experiment of its own: first stable, then canary. */
export interface Trial {
  readonly name: CanaryName;
  readonly experiment: Experiment;
}

const TRIAL: readonly Variant[] = ["stable", "canary"].map((name) => variantInFull({ name, weight: 1 }));

export class Experiment {
  period: Period = { variants: [], salt: "", since: 0 };
  /** By variant; one named `default` where the policy has no variants. */
  arms: readonly ArmTotals[] = [emptyArm()];
  threshold = WHOLE;
  /** Units in the order in which they first came, against the weights. */
  ratio: Multinomial = emptyMultinomial([1]);
  /** Closed decisions of no variant of the period: from before it, from imports. */
  elsewhere = 0;
  /** The newest canary that the log has decisions of. */
  trial: Trial | undefined;
  private readonly subjectsMax: number;
  private names: readonly string[] = [DEFAULT_VARIANT];

  constructor({ experimentSubjectsMax = SUBJECTS_MAX }: { readonly experimentSubjectsMax?: number } = {}) {
    this.subjectsMax = experimentSubjectsMax;
  }

  /** Share of the subjects that are kept, in (0, 1]. */
  get kept(): number {
    return this.threshold / WHOLE;
  }

  /** Each variant's name and weight. */
  get split(): readonly Pick<Variant, "name" | "weight">[] {
    return this.period.variants.length > 0 ? this.period.variants : [{ name: DEFAULT_VARIANT, weight: 1 }];
  }

  /** A new split: what came before it says nothing about it. */
  begin({ variants, salt, since }: Period): void {
    this.period = { variants, salt, since };
    this.names = this.split.map(({ name }) => name);
    this.arms = this.names.map(emptyArm);
    this.threshold = WHOLE;
    this.ratio = emptyMultinomial(sharesOf({ variants: this.split }));
    this.elsewhere = 0;
  }

  /** A decision's window has ended. */
  add(operation: CloseOperation): void {
    const { learnedAt, variant, served, subject, decidedAt, reward } = operation;
    if (learnedAt === undefined) return;
    if (variant !== undefined) this.addToTrial(operation, variant);
    const index = variant === undefined ? -1 : this.names.indexOf(variant);
    const { since } = this.period;
    const early = since > 0 && !((decidedAt ?? 0) >= since + GRACE_MS);
    if (index < 0 || early || served === undefined || served === "logged") {
      this.elsewhere++;
      return;
    }
    const arm = this.arms[index];
    arm.closed++;
    if (served !== "model") return;
    const sum = reward ?? 0;
    arm.decisions++;
    arm.reward += sum;
    if (subject === undefined) {
      arm.alone = addUnit(arm.alone, { n: 1, sum });
      this.ratio = addToMultinomial(this.ratio, index);
    } else this.addSubject(subject, { index, sum });
  }

  /** Decisions of a canary count in its trial alone; those of its arm in both. */
  private addToTrial(operation: CloseOperation, variant: string): void {
    const name = canaryNamed(variant);
    if (name !== undefined && name.since > (this.trial?.name.since ?? 0)) {
      const experiment = new Experiment({ experimentSubjectsMax: this.subjectsMax });
      experiment.begin({ variants: TRIAL, salt: "", since: operation.decidedAt ?? 0 });
      this.trial = { name, experiment };
    }
    if (this.trial === undefined) return;
    const { arm, since } = this.trial.name;
    if (name?.since === since && name.arm === arm) this.trial.experiment.add({ ...operation, variant: "canary" });
    else if (variant === arm) this.trial.experiment.add({ ...operation, variant: "stable" });
  }

  private addSubject(subject: Subject, { index, sum }: { index: number; sum: number }): void {
    const { subjects } = this.arms[index];
    const known = subjects.get(subject);
    if (known !== undefined) {
      known.n++;
      known.sum += sum;
      return;
    }
    if (murmur3(subject, SAMPLE_SEED) >= this.threshold) return;
    subjects.set(subject, { n: 1, sum });
    this.ratio = addToMultinomial(this.ratio, index);
    while (this.arms.reduce((entries, arm) => entries + arm.subjects.size, 0) > this.subjectsMax) this.halve();
  }

  private halve(): void {
    this.threshold /= 2;
    for (const { subjects } of this.arms) {
      for (const subject of subjects.keys())
        if (murmur3(subject, SAMPLE_SEED) >= this.threshold) subjects.delete(subject);
    }
  }

  save(): SavedExperiment {
    const { period, arms, threshold, ratio, elsewhere, trial } = this;
    const saved = { period, arms: [...arms], threshold, ratio, elsewhere };
    return trial === undefined ? saved : { ...saved, trial: { name: trial.name, experiment: trial.experiment.save() } };
  }

  /** Fills a fresh one. */
  load(saved: SavedExperiment): void {
    this.begin(saved.period);
    this.arms = saved.arms;
    this.threshold = saved.threshold;
    this.ratio = saved.ratio;
    this.elsewhere = saved.elsewhere;
    if (saved.trial === undefined) return;
    const experiment = new Experiment({ experimentSubjectsMax: this.subjectsMax });
    experiment.load(saved.trial.experiment);
    this.trial = { name: saved.trial.name, experiment };
  }
}

function emptyArm(): ArmTotals {
  return { closed: 0, decisions: 0, reward: 0, alone: emptyRatio, subjects: new Map() };
}
