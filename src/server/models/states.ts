/** What became of the versions of one policy, for the API and for deciding what is not tried again. */
import type { TimeMs } from "../../core/domain.ts";

/**
 * UNAVAILABLE → LOADING → WARMING → READY → DRAINING → UNLOADED. A version that is refused goes back to UNAVAILABLE;
 * one that is READY serves, or waits loaded for a rollback.
 */
export type ModelStateName = "UNAVAILABLE" | "LOADING" | "WARMING" | "READY" | "DRAINING" | "UNLOADED";

export interface VersionState {
  readonly version: number;
  readonly state: ModelStateName;
  readonly reason: string;
  /** Code of the refusal, when the version was refused for good. */
  readonly code?: string;
  readonly since: TimeMs;
}

const VERSIONS_MAX = 32;

export class StateBook {
  private readonly byVersion = new Map<number, VersionState>();

  set(state: VersionState): void {
    this.byVersion.set(state.version, state);
    if (this.byVersion.size > VERSIONS_MAX) this.forgetOne();
  }

  get(version: number): VersionState | undefined {
    return this.byVersion.get(version);
  }

  refused(version: number): boolean {
    return this.byVersion.get(version)?.code !== undefined;
  }

  /** By version, ascending. */
  list(): readonly VersionState[] {
    return [...this.byVersion.values()].sort((a, b) => a.version - b.version);
  }

  /** The lowest version that is over and done with. */
  private forgetOne(): void {
    const over = this.list().find(({ state }) => state === "UNLOADED" || state === "UNAVAILABLE");
    if (over !== undefined) this.byVersion.delete(over.version);
  }
}
