/**
 * Hot loading: looks into the folder of models, verifies what is new and only then lets requests meet it. Whatever is
 * wrong with a new version, the one before it keeps serving; a policy without versions is served by the seed model.
 */
import type { PolicyName } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import type { ModelBundle } from "../../core/model/bundle.ts";
import { changed, type LabelChange, type Labels, labelled, noLabels, rolledBack } from "../../core/model/labels.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LabelHints, LabelStore, LoadedModel, LoadModel, ModelReader } from "../../ports/models.ts";
import type { Scorer } from "../../ports/scorer.ts";
import type { Models } from "../ports.ts";
import { type ModelEvents, PolicyModels } from "./policyModels.ts";
import type { VersionState } from "./states.ts";
import { warmUp } from "./warm.ts";

export interface ModelRegistryOptions extends ModelEvents {
  readonly reader: ModelReader;
  readonly load: LoadModel;
  readonly seed: ModelBundle;
  readonly clock: Clock;
  /** Milliseconds to the next look into the folder. */
  readonly pollMs?: () => number;
  /** Shared by all processes; absent: this process's own. */
  readonly labels?: LabelStore;
  /** Tells other processes of changes at once; absent: they look. */
  readonly hints?: LabelHints;
  /** Milliseconds between two looks at whether any labels changed. */
  readonly labelPollMs?: number;
  /** Sessions of a policy loaded at once, the serving one included. */
  readonly versionsLoadedMax?: number;
  /** Calls `task` after `ms`, once; returns how to call it off. */
  readonly later?: (task: () => void, ms: number) => () => void;
  /** A look into the folder failed; the next one comes anyway. */
  onError?(error: unknown): void;
}

export interface ModelRegistry extends Models {
  /** Every version met, with state, reason and since when. */
  states(policy: PolicyName): readonly VersionState[];
  labels(line: string): Labels;
  history(line: string): Promise<readonly Labels[]>;
  /** @throws CB_MODEL_VERSION_UNKNOWN, CB_LABELS_CONFLICT; then nothing changes. Resolves when this process follows. */
  label(line: string, change: LabelChange, reason: string): Promise<Labels>;
  /** @throws CB_ROLLBACK_IMPOSSIBLE, CB_MODEL_VERSION_UNKNOWN, CB_LABELS_CONFLICT */
  rollback(line: string, reason: string): Promise<Labels>;
  /** Looks into the folder now, at every policy or at one: the hint by pub/sub ends here. Never throws. */
  poll(policy?: PolicyName): Promise<void>;
  /** Lets the models of a policy that is gone go, and those of its variants; what serves then is the seed. */
  forget(policy: PolicyName): Promise<void>;
  /** Stops looking; resolves when the last request has released its model. */
  close(): Promise<void>;
}

const POLL_MS = 250;

/** Loads the seed and what the folder has, then goes on looking. @throws CB_MODEL_… when the seed is refused. */
export async function startModelRegistry(options: ModelRegistryOptions): Promise<ModelRegistry> {
  const seed = await options.load(options.seed);
  await warmUp(seed, options.seed.golden);
  const registry = new FolderRegistry(options, seed);
  await registry.poll();
  registry.watch();
  registry.watchLabels();
  options.hints?.listen((line, labels) => registry.heed(line, labels));
  return registry;
}

class FolderRegistry implements ModelRegistry {
  private readonly options: ModelRegistryOptions;
  private readonly seed: LoadedModel;
  private readonly byPolicy = new Map<PolicyName, PolicyModels>();
  private cancel: () => void = () => {};
  private polling: Promise<void> = Promise.resolve();
  private cancelLabels: () => void = () => {};
  private looking: Promise<void> = Promise.resolve();
  private mark = "";
  private readonly store: LabelStore;
  private closed = false;

  constructor(options: ModelRegistryOptions, seed: LoadedModel) {
    this.options = options;
    this.seed = seed;
    this.store = options.labels ?? ownLabels();
  }

  current(policy: PolicyName, version?: number): Scorer {
    const named = version === undefined ? undefined : this.modelsOf(policy).named(version);
    return (named ?? this.byPolicy.get(policy)?.current ?? this.seed).hold();
  }

  async keep(policy: PolicyName, versions: readonly number[]): Promise<void> {
    if (versions.length > 0 || this.byPolicy.has(policy)) await this.modelsOf(policy).keep(versions);
  }

  states(policy: PolicyName): readonly VersionState[] {
    return (
      this.byPolicy.get(policy)?.states() ?? [
        { version: 0, state: "READY", reason: "the seed model", since: this.options.clock.now() },
      ]
    );
  }

  status(policy: PolicyName): ReturnType<Models["status"]> {
    const models = this.byPolicy.get(policy);
    return { serving: models?.current.version ?? 0, pinned: models?.pinned, versions: this.states(policy) };
  }

  async pin(policy: PolicyName, version: number): Promise<void> {
    await this.label(policy, { stable: version }, "pinned");
  }

  async unpin(policy: PolicyName): Promise<void> {
    if (this.labels(policy).stable !== undefined) await this.label(policy, { stable: null }, "unpinned");
  }

  labels(line: string): Labels {
    return this.byPolicy.get(line)?.labels ?? noLabels;
  }

  history(line: string): Promise<readonly Labels[]> {
    return this.store.history(line);
  }

  canary(line: string): Labels["canary"] {
    const models = this.byPolicy.get(line);
    const canary = models?.labels.canary;
    return canary !== undefined && models?.isLoaded(canary.version) === true ? canary : undefined;
  }

  shadow(line: string): Scorer | undefined {
    const models = this.byPolicy.get(line);
    const version = models?.labels.shadow;
    return version === undefined || models?.isLoaded(version) !== true ? undefined : this.current(line, version);
  }

  label(line: string, change: LabelChange, reason: string): Promise<Labels> {
    return this.relabel(line, (labels, serving) =>
      changed(labels, change, { reason, serving, at: this.options.clock.now() }),
    );
  }

  async rollback(line: string, reason: string): Promise<Labels> {
    const models = this.modelsOf(line);
    const before = models.labels.history.length > 0 ? undefined : (models.before ?? (await this.earlier(line)));
    return this.relabel(line, (labels, serving) =>
      rolledBack(labels, { line, reason, serving, before, at: this.options.clock.now() }),
    );
  }

  private async relabel(line: string, make: (labels: Labels, serving: number) => Labels): Promise<Labels> {
    const models = this.modelsOf(line);
    const next = make(await this.store.read(line), models.current.version);
    await models.ready(labelled({ ...next, history: [] }));
    let following: Promise<void> | undefined;
    const placed = () => {
      following = models.follow(next);
      this.options.hints?.tell(line, next);
    };
    if (!(await this.store.write(line, next, placed))) throw new BrigandError("CB_LABELS_CONFLICT");
    await following;
    return next;
  }

  /** The version before the one that serves, by the folder; 0 where there is none. */
  private async earlier(line: string): Promise<number> {
    const { version: serving } = this.modelsOf(line).current;
    return (await this.options.reader.versions(line)).filter((version) => version < serving).at(-1) ?? 0;
  }

  /** What another process told. */
  heed(line: string, labels: Labels): void {
    void this.unlessFailing(async () => this.byPolicy.get(line)?.follow(labels));
  }

  lookNow(policy: PolicyName): Promise<void> {
    return this.poll(policy);
  }

  async poll(policy?: PolicyName): Promise<void> {
    const policies = policy === undefined ? await this.unlessFailing(() => this.options.reader.policies()) : [policy];
    for (const name of policies ?? []) await this.unlessFailing(() => this.look(name));
  }

  private async look(line: string): Promise<void> {
    const models = this.modelsOf(line);
    await models.follow(await this.store.read(line));
    await models.refresh();
  }

  /** A change of labels is met within `labelPollMs`, whoever made it. */
  private async lookAtLabels(): Promise<void> {
    const mark = await this.store.mark();
    if (mark === this.mark) return;
    this.mark = mark;
    for (const [line, models] of this.byPolicy)
      await this.unlessFailing(async () => models.follow(await this.store.read(line)));
  }

  async forget(policy: PolicyName): Promise<void> {
    for (const [name, models] of [...this.byPolicy]) {
      if (name !== policy && !name.startsWith(`${policy}.`)) continue;
      this.byPolicy.delete(name);
      await models.close();
    }
  }

  watch(): void {
    if (this.closed) return;
    const { later = byTimer, pollMs = () => POLL_MS } = this.options;
    this.cancel = later(() => {
      this.polling = this.poll().then(() => this.watch());
    }, pollMs());
  }

  watchLabels(): void {
    if (this.closed || this.options.labels === undefined) return;
    this.cancelLabels = byTimer(() => {
      this.looking = this.unlessFailing(() => this.lookAtLabels()).then(() => this.watchLabels());
    }, this.options.labelPollMs ?? 25);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.cancel();
    this.cancelLabels();
    await Promise.all([this.polling, this.looking, this.options.hints?.close()]);
    await Promise.all([...this.byPolicy.values()].map((models) => models.close()));
    await this.seed.retire();
  }

  private async unlessFailing<T>(task: () => Promise<T>): Promise<T | undefined> {
    try {
      return await task();
    } catch (error) {
      this.options.onError?.(error);
      return undefined;
    }
  }

  private modelsOf(policy: PolicyName): PolicyModels {
    const found = this.byPolicy.get(policy);
    if (found !== undefined) return found;
    const { reader, load, clock, versionsLoadedMax = 3 } = this.options;
    const made = new PolicyModels({
      policy,
      reader,
      load,
      clock,
      events: this.options,
      loadedMax: versionsLoadedMax,
      seed: this.seed,
    });
    this.byPolicy.set(policy, made);
    return made;
  }
}

/** Labels that no other process sees. */
function ownLabels(): LabelStore {
  const byLine = new Map<string, Labels>();
  return {
    read: async (line) => byLine.get(line) ?? noLabels,
    write: async (line, labels, placed) => {
      byLine.set(line, labels);
      placed?.();
      return true;
    },
    history: async (line) => (byLine.has(line) ? [byLine.get(line) ?? noLabels] : []),
    mark: async () => "",
  };
}

/** Does not keep the process alive. */
function byTimer(task: () => void, ms: number): () => void {
  const timer = setTimeout(task, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
