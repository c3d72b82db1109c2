/** Which models raw inference offers: every line of every policy, but for those that somebody unloaded here. */
import { checkReach, type Principal, reaches } from "../../../core/access/principal.ts";
import { BrigandError } from "../../../core/errors.ts";
import type { RawModel } from "../../../core/model/rawTensor.ts";
import type { AppContext } from "../../context.ts";
import type { ModelState } from "../../ports.ts";

/** A model held for one request. */
export interface Held {
  readonly line: string;
  readonly version: number;
  readonly raw: RawModel;
}

/** A model as an address names it, and who asks. */
export interface AskedModel {
  readonly line: string;
  readonly version?: string;
  readonly caller: Principal;
}

const LISTED_MAX = 20;

function policyOfLine(line: string): string {
  return line.split(".", 1)[0];
}

export class Offered {
  private readonly context: Pick<AppContext, "policies" | "ports">;
  /** Of this process alone; rankings never heed it. */
  private readonly unloaded = new Set<string>();

  constructor(context: Pick<AppContext, "policies" | "ports">) {
    this.context = context;
  }

  /** Every line, whether offered or not. */
  lines(): readonly string[] {
    const { policies } = this.context;
    const lines = policies.list().flatMap((name) => [name, ...policies.get(name).arms.map(({ model }) => model.line)]);
    return [...new Set(lines)];
  }

  /** Those of the lines whose policies the caller reaches. */
  within(caller: Principal): readonly string[] {
    return this.lines().filter((line) => reaches(caller, policyOfLine(line)));
  }

  /** @throws CB_ACCESS_POLICY, CB_POLICY_UNKNOWN */
  known(line: string, caller: Principal): string {
    checkReach(caller, policyOfLine(line));
    const lines = this.within(caller);
    if (lines.includes(line)) return line;
    const known = lines.slice(0, LISTED_MAX).join(", ") || "none yet";
    throw new BrigandError("CB_POLICY_UNKNOWN", { came: line.slice(0, 128), known });
  }

  isOffered(line: string): boolean {
    return !this.unloaded.has(line);
  }

  unload(line: string): void {
    this.unloaded.add(line);
  }

  load(line: string): void {
    this.unloaded.delete(line);
  }

  /** Versions as the registry knows them. */
  states(line: string): readonly ModelState[] {
    return this.context.ports.models.status(line).versions;
  }

  /** Loaded versions, ascending; none of a line that is not offered. */
  ready(line: string): readonly number[] {
    if (!this.isOffered(line)) return [];
    return this.states(line).flatMap(({ version, state }) => (state === "READY" ? [version] : []));
  }

  /**
   * Holds the model while `use` runs.
   * @param asked version as the address names it; absent: the one that serves.
   * @throws CB_ACCESS_POLICY, CB_POLICY_UNKNOWN, CB_MODEL_UNLOADED, CB_MODEL_VERSION_UNKNOWN, and what `use` throws
   */
  using<Result>({ line, version, caller }: AskedModel, use: (held: Held) => Result): Result {
    this.known(line, caller);
    const ready = this.ready(line);
    if (!this.isOffered(line)) throw new BrigandError("CB_MODEL_UNLOADED", { came: line });
    const known = ready.join(", ");
    const named = version === undefined ? undefined : Number(version);
    if (named !== undefined && !(ready.includes(named) && String(named) === version))
      throw new BrigandError("CB_MODEL_VERSION_UNKNOWN", { came: String(version).slice(0, 32), known });
    const scorer = this.context.ports.models.current(line, named);
    try {
      const { raw } = scorer;
      if (raw === undefined || (named !== undefined && scorer.version !== named))
        throw new BrigandError("CB_MODEL_VERSION_UNKNOWN", { came: named ?? scorer.version, known });
      return use({ line, version: scorer.version, raw });
    } finally {
      scorer.release().catch(() => {});
    }
  }
}
