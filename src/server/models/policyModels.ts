/** The models of one policy: which version serves, which stay loaded, and what happened to the others. */
import type { PolicyName } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { type Labels, noLabels } from "../../core/model/labels.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LoadedModel, LoadModel, ModelReader } from "../../ports/models.ts";
import { type ModelStateName, StateBook, type VersionState } from "./states.ts";
import { warmUp } from "./warm.ts";

export interface ModelEvents {
  /** After requests meet a version; `ms` from finding it to now. Called by the registry, must not throw. */
  onSwap?(swap: { readonly policy: PolicyName; readonly version: number; readonly ms: number }): void;
  onRefused?(refusal: {
    readonly policy: PolicyName;
    readonly version: number;
    readonly code?: string;
    readonly reason: string;
  }): void;
}

export interface PolicyModelsOptions {
  readonly policy: PolicyName;
  readonly reader: ModelReader;
  readonly load: LoadModel;
  readonly clock: Clock;
  readonly events: ModelEvents;
  /** Sessions loaded at once, the serving one included; ≥ 1. */
  readonly loadedMax: number;
  /** Shared by all policies, so never retired here. */
  readonly seed: LoadedModel;
}

export class PolicyModels {
  /** What the processes agreed on. */
  labels: Labels = noLabels;
  /** Served before the serving one, as far as this process knows. */
  before: number | undefined;
  private readonly options: PolicyModelsOptions;
  private readonly book = new StateBook();
  /** In the order in which they last began to serve; the last one serves, when it is not the seed. */
  private readonly loaded = new Map<number, LoadedModel>();
  private serving: LoadedModel;
  /** Versions that stay loaded whatever serves. */
  private kept: ReadonlySet<number> = new Set();
  /** Named by a request while not loaded: tried once. */
  private readonly missed = new Set<number>();
  /** Versions that came from outside: they serve where a label says so. */
  private readonly pushed = new Set<number>();
  private soughtBefore = false;
  /** Versions up to here were met. */
  private met = 0;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(options: PolicyModelsOptions) {
    this.options = options;
    this.serving = options.seed;
    this.mark(0, "READY", "the seed model");
  }

  /** The version that serves until the label goes. */
  get pinned(): number | undefined {
    return this.labels.stable;
  }

  isLoaded(version: number): boolean {
    return version === 0 || this.loaded.has(version);
  }

  /** The serving model; whoever takes it holds it before the next await. */
  get current(): LoadedModel {
    return this.serving;
  }

  /** A version that a variant names, where it is loaded; one met for the first time is loaded beside the work. */
  named(version: number): LoadedModel | undefined {
    const { seed } = this.options;
    const model = version === 0 ? seed : version === this.serving.version ? this.serving : this.loaded.get(version);
    if (model === undefined && !this.missed.has(version)) {
      this.missed.add(version);
      this.keep([...this.kept, version]).catch(() => {});
    }
    return model;
  }

  /** Keeps these loaded and no longer those kept before. @throws CB_MODEL_VERSION_UNKNOWN; then nothing changes. */
  keep(versions: readonly number[]): Promise<void> {
    return this.alone(async () => {
      for (const version of versions) {
        if (version === 0 || this.loaded.has(version)) continue;
        if (!(await this.load(version))) throw await this.unknown(version);
      }
      this.kept = new Set(versions);
      this.missed.clear();
      this.unloadSome();
    });
  }

  states(): readonly VersionState[] {
    return this.book.list();
  }

  /**
   * Serves the newest version that can be loaded; older ones only when nothing newer than the serving one can. Pushed
   * ones never: after the label of one went, what was learned here serves again, else the seed.
   */
  refresh(): Promise<void> {
    return this.alone(async () => {
      if (this.pinned !== undefined) return this.servePinned();
      const { reader, policy, clock, seed } = this.options;
      const found = clock.elapsed();
      const { version: before } = this.serving;
      const leaving = this.pushed.has(before);
      const versions = await reader.versions(policy, this.met);
      let again = false;
      let served = false;
      for (const version of [...versions].reverse()) {
        if (version === before && !leaving) break;
        if (this.book.refused(version) || this.pushed.has(version)) continue;
        served = await this.tryServe(version, { found, labelled: false });
        if (served) break;
        again ||= !this.book.refused(version) && !this.pushed.has(version);
      }
      if (leaving && !served && !again) this.point(seed, found);
      if (!again) this.met = versions.at(-1) ?? this.met;
      // Not at the start, which would take twice as long.
      if (versions.length === 0) await this.seekBefore();
    });
  }

  /** Loads, once, the version that served before this process began: a rollback is to be an exchange of a pointer. */
  private async seekBefore(): Promise<void> {
    const { reader, policy, seed } = this.options;
    if (this.soughtBefore || this.before !== undefined || this.serving === seed) return;
    this.soughtBefore = true;
    for (const version of [...(await reader.versions(policy))].reverse()) {
      if (version >= this.serving.version || this.book.refused(version) || this.pushed.has(version)) continue;
      const model = this.loaded.get(version) ?? (await this.loadChecked(version, false));
      if (model === undefined) continue;
      this.loaded.set(version, model);
      this.before = version;
      return;
    }
  }

  /**
   * Serves what the labels say, and keeps loaded what they name and what a rollback would serve. What is loaded serves
   * when this returns its promise, whatever else is under way; labels older than those known change nothing. A version
   * that cannot be loaded leaves everything as it is, and is tried again at the next look.
   */
  async follow(labels: Labels): Promise<void> {
    if (labels.generation <= this.labels.generation) return;
    this.labels = labels;
    this.met = 0;
    this.exchange();
    await this.alone(async () => {
      await this.servePinned();
      for (const version of this.wanted()) await this.load(version);
      this.unloadSome();
    });
    if (this.labels.stable === undefined) await this.refresh();
  }

  private exchange(): void {
    const { stable } = this.labels;
    const model = stable === 0 ? this.options.seed : stable === undefined ? undefined : this.loaded.get(stable);
    if (model !== undefined) this.point(model, this.options.clock.elapsed());
  }

  /** Loads these beside what serves. @throws CB_MODEL_VERSION_UNKNOWN when one is not there or is refused. */
  async ready(versions: readonly number[]): Promise<void> {
    if (versions.every((version) => this.isLoaded(version))) return;
    await this.alone(async () => {
      for (const version of versions) if (!(await this.load(version))) throw await this.unknown(version);
    });
  }

  private async load(version: number): Promise<boolean> {
    if (this.isLoaded(version)) return true;
    const model = await this.loadChecked(version);
    if (model !== undefined) this.loaded.set(version, model);
    return model !== undefined;
  }

  private async servePinned(): Promise<void> {
    const { clock, seed } = this.options;
    const { stable } = this.labels;
    if (stable === undefined || stable === this.serving.version || this.book.refused(stable)) return;
    if (stable === 0) this.point(seed, clock.elapsed());
    else await this.tryServe(stable, { found: clock.elapsed(), labelled: true });
  }

  /** Versions beside the serving one that labels name, and the one that a rollback would serve. */
  private wanted(): readonly number[] {
    const { canary, shadow, history } = this.labels;
    const named = [canary?.version, shadow, history.at(-1)].flatMap((version) => version ?? []);
    return named.filter((version) => version > 0 && !this.book.refused(version));
  }

  /** Resolves when every session is released. */
  async close(): Promise<void> {
    await this.alone(async () => {});
    await Promise.all([...this.loaded.keys()].map((version) => this.unload(version)));
  }

  private async tryServe(version: number, by: { found: number; labelled: boolean }): Promise<boolean> {
    const loaded = this.loaded.get(version) ?? (await this.loadChecked(version, by.labelled));
    if (loaded === undefined) return false;
    const { stable } = this.labels;
    // Labels may have changed while it was loaded.
    const isWanted = by.labelled ? stable === version : stable === undefined;
    if (isWanted) this.point(loaded, by.found);
    else this.loaded.set(version, loaded);
    return true;
  }

  /** LOADING, WARMING, READY; undefined and UNAVAILABLE with the reason when anything is not as it should be. */
  private async loadChecked(version: number, labelled = true): Promise<LoadedModel | undefined> {
    const { reader, load, policy, events } = this.options;
    let model: LoadedModel | undefined;
    try {
      this.mark(version, "LOADING", "its files are read and checked");
      const bundle = await reader.read(policy, version);
      if (bundle.manifest.pushed === true) this.pushed.add(version);
      if (bundle.manifest.pushed === true && !labelled) {
        this.mark(version, "UNLOADED", "it was pushed: it serves where a label says so");
        return undefined;
      }
      model = await load(bundle);
      this.mark(version, "WARMING", "golden outputs and warm-up calls");
      await warmUp(model, bundle.golden);
      this.mark(version, "READY", "verified");
      return model;
    } catch (error) {
      model?.retire();
      const code = error instanceof BrigandError ? error.code : undefined;
      const reason = error instanceof Error ? error.message : String(error);
      this.mark(version, "UNAVAILABLE", code === undefined ? reason : `${code}: ${reason}`, code);
      events.onRefused?.({ policy, version, code, reason });
      return undefined;
    }
  }

  private point(model: LoadedModel, found: number): void {
    const { policy, clock, events, seed } = this.options;
    const before = this.serving;
    this.serving = model;
    // The seed that a process begins with has served nobody.
    if (before !== model && (before !== seed || this.before !== undefined)) this.before = before.version;
    if (model !== seed) {
      this.loaded.delete(model.version);
      this.loaded.set(model.version, model);
    }
    this.mark(model.version, "READY", "serving");
    if (before === model) return;
    this.mark(before.version, "READY", `loaded; version ${model.version} serves`);
    events.onSwap?.({ policy, version: model.version, ms: clock.elapsed() - found });
    this.unloadSome();
  }

  /** The ones that began to serve longest ago go, down to the bound; not what serves or is kept. */
  private unloadSome(): void {
    const wanted = this.wanted();
    const idle = [...this.loaded.keys()].filter(
      (version) => version !== this.serving.version && !this.kept.has(version) && !wanted.includes(version),
    );
    const room = this.options.loadedMax - (this.serving === this.options.seed ? 0 : 1);
    for (const version of idle.slice(0, Math.max(0, idle.length - room))) void this.unload(version);
  }

  private async unknown(version: number): Promise<BrigandError> {
    const { reader, policy } = this.options;
    const known = [0, ...(await reader.versions(policy))].filter((candidate) => !this.book.refused(candidate));
    return new BrigandError("CB_MODEL_VERSION_UNKNOWN", { came: version, known: known.join(", ") });
  }

  private async unload(version: number): Promise<void> {
    const model = this.loaded.get(version);
    if (model === undefined) return;
    this.loaded.delete(version);
    this.mark(version, "DRAINING", "newer versions are loaded; requests that hold it finish");
    await model.retire();
    if (this.book.get(version)?.state === "DRAINING") this.mark(version, "UNLOADED", "no request held it any more");
  }

  private mark(version: number, state: ModelStateName, reason: string, code?: string): void {
    this.book.set({ version, state, reason, code, since: this.options.clock.now() });
  }

  /** One change at a time. */
  private alone<T>(task: () => Promise<T>): Promise<T> {
    const run = this.queue.then(task, task);
    this.queue = run.catch(() => {});
    return run;
  }
}
