/**
 * The product as a ranker of the simulator: the same encoder, learner, model arithmetic, explorer, draw, log records
 * and join as server, writer and retrain job run, on a virtual clock and without files between them.
 */
import { seedOf } from "../../src/adapters/crypto/seed.ts";
import { fitColumns } from "../../src/adapters/onnx/columns.ts";
import { packTree, unpackTree } from "../../src/core/codec/tree.ts";
import type { Candidates } from "../../src/core/decide/candidates.ts";
import { drawn } from "../../src/core/decide/choose.ts";
import { lineOf } from "../../src/core/decide/line.ts";
import { scoresOf } from "../../src/core/decide/scores.ts";
import type { Features, ItemId, TimeMs } from "../../src/core/domain.ts";
import type { Parameters, Scores } from "../../src/core/explore/explorer.ts";
import { type Encoded, encode } from "../../src/core/features/encode.ts";
import type { OperationStore } from "../../src/core/join/ports.ts";
import { RecordKind } from "../../src/core/log/records.ts";
import { type LinearParameters, type LinearScores, scoreLinear } from "../../src/core/model/linear.ts";
import { defaultBounds, Pipeline } from "../../src/core/pipeline.ts";
import { type PolicySettings, withDefaults } from "../../src/core/settings/policy.ts";
import type { Ranker } from "../../src/core/simulator/run.ts";
import type { Reward } from "../../src/core/simulator/world.ts";
import { loadPipeline, type SavedPipeline, savePipeline } from "../../src/core/snapshot.ts";
import { type Arm, armsOf } from "../../src/core/variants/arms.ts";
import { memoryStore } from "../evaluate/memoryStore.ts";
import { loadLearner, saveLearner } from "../learner/codec.ts";
import { Learner } from "../learner/learner.ts";
import { linearParameters } from "../learner/parameters.ts";

/** A request of any world. */
export interface EngineStep {
  readonly index: number;
  readonly at: TimeMs;
  readonly user?: { readonly id: string; readonly features: Features };
  readonly context: Features;
  readonly items: readonly { readonly id: ItemId }[];
}

/** What the engine must know of a world before its first step. */
export interface EngineWorld {
  readonly slotsShown: number;
  /** For item events. */
  readonly catalogue: readonly { readonly id: ItemId; readonly features: Features }[];
}

export interface EngineOptions {
  /** Name in tables; two rankers of one run need two. */
  readonly name: string;
  /** Any text: with the step's index it decides every draw. */
  readonly seed: string;
  readonly explorer?: string;
  /** Overrides of the explorer's parameters. */
  readonly parameters?: Parameters;
  /** New parameters of the model after this many decisions; default `RETRAIN_EVERY`. */
  readonly retrainEvery?: number;
  /** False: nothing forgets: no variant of the learner, no test for a change, recent rates are those of all time. Default true. */
  readonly forgets?: boolean;
  readonly settings?: Partial<PolicySettings>;
}

/** The product retrains about once a second. */
export const RETRAIN_EVERY = 20;
/** One server process. */
const STREAM = "live";
const NAME = "simulated";

export class EngineRanker implements Ranker {
  readonly name: string;
  pipeline: Pipeline;
  learner: Learner;
  /** Conditional propensity of each slot of the list shown last. */
  propensity: Float64Array = new Float64Array(0);
  private readonly options: EngineOptions;
  private readonly world: EngineWorld;
  private readonly arm: Arm;
  private readonly key: Buffer;
  private readonly pipelineSettings: PolicySettings;
  private readonly store: OperationStore;
  private parameters: LinearParameters | undefined;
  private decisions = 0;
  private version = 0;

  constructor(world: EngineWorld, options: EngineOptions) {
    this.name = options.name;
    this.world = world;
    this.options = options;
    this.key = Buffer.from(options.seed);
    const { settings: given, explorer = "plackettLuce", parameters = {} } = options;
    const settings = withDefaults({ ...given, exploration: { name: explorer, parameters: { ...parameters } } });
    this.arm = armsOf(NAME, settings)[0];
    this.store = memoryStore((operation, position) => this.learner.add(operation, position));
    this.pipelineSettings = settings;
    this.pipeline = this.freshPipeline();
    this.learner = new Learner(this.pipeline.state.schema.columns);
    this.learner.choice.forgets = options.forgets ?? true;
  }

  private freshPipeline(): Pipeline {
    const pipeline = new Pipeline({ settings: this.pipelineSettings, bounds: defaultBounds, store: this.store });
    pipeline.state.features.forgets = this.options.forgets ?? true;
    return pipeline;
  }

  /** Saves all that writer and training save, forgets it, and goes on from the bytes; the log is kept by others. */
  restart(): void {
    const snapshot = packTree(savePipeline(this.pipeline));
    const checkpoint = saveLearner({ learner: this.learner, position: 0 });
    this.pipeline = this.freshPipeline();
    loadPipeline(this.pipeline, unpackTree(snapshot) as SavedPipeline);
    this.learner = loadLearner(checkpoint).learner;
  }

  rank(step: EngineStep): ItemId[] {
    if (this.decisions === 0) this.declare(step.at);
    this.pipeline.apply({ kind: RecordKind.heartbeat, at: step.at }, step.at, STREAM);
    if (this.decisions++ % (this.options.retrainEvery ?? RETRAIN_EVERY) === 0 && this.learner.rows > 0) this.retrain();
    return this.decide(step);
  }

  learn(step: EngineStep, _shown: readonly ItemId[], rewards: readonly Reward[], at: TimeMs): void {
    for (const { item, value } of rewards) {
      this.pipeline.apply({ kind: RecordKind.reward, decision: decisionId(step), item, value, at }, at, STREAM);
    }
  }

  /** Item events of the whole catalogue; requests then name items by id. */
  private declare(at: TimeMs): void {
    for (const { id, features } of this.world.catalogue) {
      this.pipeline.apply({ kind: RecordKind.item, id, item: id, features, at }, at, STREAM);
    }
  }

  private retrain(): void {
    const parameters = linearParameters(this.learner);
    // A published model does not change, and the learner goes on with its scale.
    this.parameters = { ...parameters, centre: parameters.centre.slice(), scale: parameters.scale.slice() };
    this.version++;
  }

  /** Means and standard deviations of a step's items as of now; nothing is served or remembered. */
  scores(step: EngineStep): Scores {
    const { encoded, ids } = this.encoded(step);
    return this.score(encoded, ids);
  }

  private encoded({ user, context, at, items }: EngineStep) {
    const ids = items.map(({ id }) => id);
    const slots = Math.min(ids.length, this.world.slotsShown);
    const named = ids.map((id) => ({ id }));
    const candidates: Candidates = { items: named, ids, inputPosition: ids.map((_, i) => i), whole: true, slots };
    const request = { subject: user?.id, context, user: user?.features, ...candidates, at };
    return { encoded: encode(this.pipeline.state, request), candidates, ids };
  }

  private decide(step: EngineStep): ItemId[] {
    const { user, context, at } = step;
    const { arm } = this;
    const { encoded, candidates, ids } = this.encoded(step);
    const { items, slots } = candidates;
    const scores = this.score(encoded, ids);
    const id = decisionId(step);
    const nonce = step.index.toString(16).padStart(32, "0");
    const seed = seedOf({ key: this.key, policy: NAME, decisionId: id, nonce });
    const chosen = drawn(arm, candidates, { scores, seed });
    this.propensity = Float64Array.from(chosen.propensity);
    const people = { subject: user?.id, unit: user === undefined ? "decision" : "user" } as const;
    const record = lineOf({
      asked: {
        request: { policy: NAME, user, context, items, slots },
        policy: { name: NAME },
        arm,
        candidates,
        people,
        at,
      },
      scored: { modelVersion: this.version, encoded, scores },
      chosen,
      id,
      workspace: "default",
      nonce,
      seed,
      passProbability: 0,
      full: false,
    });
    this.pipeline.apply(record, at, STREAM);
    return Array.from(chosen.slots, (itemIndex) => ids[itemIndex]);
  }

  /** Before the first retrain the seed model answers: mean 0 and variance 1 for everything. */
  private score(encoded: Encoded, ids: readonly ItemId[]): Scores {
    const { n, columns, counts } = encoded;
    const { parameters } = this;
    if (parameters === undefined) return { score: new Float32Array(n), uncertainty: new Float32Array(n).fill(1) };
    const dense = fitColumns(encoded.dense, { n, columns }, parameters.centre);
    const { mean, variance } = scoreLinear(parameters, { dense, n, counts });
    this.scoreOwn(encoded, ids, { mean, variance });
    const scores = scoresOf({ mean: Float32Array.from(mean), variance: Float32Array.from(variance) }, n);
    if (scores === undefined)
      throw new RangeError(`the model of step ${this.decisions} gave numbers that are not finite`);
    return scores;
  }

  /** Items with coefficients of their own, as of the last row learned. */
  private scoreOwn(encoded: Encoded, ids: readonly ItemId[], out: LinearScores): void {
    const { own, choice } = this.learner;
    const f = choice.own === undefined ? undefined : own.read(encoded.dense.subarray(0, encoded.columns));
    if (f === undefined || choice.own === undefined) return;
    for (let i = 0; i < ids.length; i++) {
      const scored = own.predict(ids[i], choice.own, f);
      if (scored === undefined) continue;
      out.mean[i] = scored.mean;
      out.variance[i] = scored.variance;
    }
  }
}

function decisionId({ index }: EngineStep): string {
  return `step-${index}`;
}
