/** The policies of the installation: made on first use, changed by their owners, prepared once for each change. */
import { BrigandError } from "../core/errors.ts";
import { POLICY_NAME, type PolicySettings, withDefaults } from "../core/settings/policy.ts";
import type { PolicyStore } from "../ports/policies.ts";
import type { Models } from "./ports.ts";
import { type PreparedPolicy, prepare, readSettings } from "./settings.ts";

const NAME = new RegExp(POLICY_NAME);
const NAMES_LISTED_MAX = 20;

export class Policies {
  private readonly store: PolicyStore;
  private readonly policiesMax: number;
  private readonly models: Pick<Models, "keep">;
  private readonly failed: (error: unknown) => void;
  private prepared = new Map<string, PreparedPolicy>();
  private version = -1;

  /** @param failed is told when settings of a policy made on first use could not be written. */
  constructor(options: {
    store: PolicyStore;
    models: Pick<Models, "keep">;
    policiesMax: number;
    failed: (error: unknown) => void;
  }) {
    this.store = options.store;
    this.models = options.models;
    this.policiesMax = options.policiesMax;
    this.failed = options.failed;
  }

  /**
   * The policy of that name; made with the defaults where it does not exist.
   * @throws CB_POLICY_NAME_INVALID, CB_POLICIES_FULL. Cost: a lookup.
   */
  use(name: string): PreparedPolicy {
    const known = this.find(name);
    if (known !== undefined) return known;
    this.checkNew(name);
    this.store.put(name, {}).catch(this.failed);
    return this.get(name);
  }

  /** @throws CB_POLICY_UNKNOWN */
  get(name: string): PreparedPolicy {
    const known = this.find(name);
    if (known === undefined)
      throw new BrigandError("CB_POLICY_UNKNOWN", { came: name.slice(0, 64), known: this.listed() });
    return known;
  }

  find(name: string): PreparedPolicy | undefined {
    if (this.version !== this.store.version) {
      this.prepared = new Map();
      this.version = this.store.version;
    }
    const known = this.prepared.get(name);
    if (known !== undefined) return known;
    const given = this.store.get(name);
    if (given === undefined) return undefined;
    const prepared = prepare(name, withDefaults(given));
    this.prepared.set(name, prepared);
    return prepared;
  }

  list(): readonly string[] {
    return this.store.list();
  }

  /** Names for an error message. */
  listed(): string {
    const names = this.list();
    if (names.length === 0) return "none yet";
    const more = names.length > NAMES_LISTED_MAX ? ` and ${names.length - NAMES_LISTED_MAX} more` : "";
    return names.slice(0, NAMES_LISTED_MAX).join(", ") + more;
  }

  /**
   * Replaces the settings; resolves when they are written and the versions that variants name are loaded.
   * @throws what `readSettings` and `use` throw, CB_MODEL_VERSION_UNKNOWN
   */
  async change(name: string, given: unknown): Promise<PolicySettings> {
    const settings = readSettings(given);
    const before = this.find(name);
    if (before === undefined) this.checkNew(name);
    await this.keepModels(prepare(name, withDefaults(settings)), before);
    await this.store.put(name, settings);
    return this.get(name).settings;
  }

  /** Loads the versions that variants name, so that the first request meets them. Never rejects. */
  async keepAllModels(): Promise<void> {
    for (const name of this.list()) {
      const policy = this.find(name);
      if (policy === undefined || policy.arms.every(({ model }) => model.version === undefined)) continue;
      await this.keepModels(policy, undefined).catch(this.failed);
    }
  }

  private async keepModels(policy: PreparedPolicy, before: PreparedPolicy | undefined): Promise<void> {
    const models = policy.arms.map(({ model }) => model);
    const lines = new Set([...models, ...(before?.arms ?? []).map(({ model }) => model)].map(({ line }) => line));
    for (const line of lines) {
      const named = models.flatMap((model) =>
        model.line === line && model.version !== undefined ? [model.version] : [],
      );
      await this.models.keep(line, named);
    }
  }

  private checkNew(name: string): void {
    if (!NAME.test(name)) throw new BrigandError("CB_POLICY_NAME_INVALID", { came: JSON.stringify(name.slice(0, 64)) });
    if (this.store.removing?.(name) === true) throw new BrigandError("CB_POLICY_REMOVING", { came: name });
    if (this.list().length >= this.policiesMax)
      throw new BrigandError("CB_POLICIES_FULL", { maximum: this.policiesMax });
  }
}
