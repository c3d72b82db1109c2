/**
 * How long what was learnable waits for a version that includes it: rows settled after the newest version began to
 * serve. Looked at once a second; policies whose label holds a version wait for nothing.
 */
import type { Clock } from "../ports/clock.ts";

export interface LearningParts {
  readonly clock: Pick<Clock, "elapsed">;
  readonly policies: () => readonly string[];
  /** Rows settled so far, as this process followed them; undefined where it follows nothing. */
  readonly learns: (policy: string) => number | undefined;
  readonly serving: (policy: string) => { readonly serving: number; readonly pinned?: number };
}

interface Waiting {
  readonly version: number;
  readonly learns: number;
  readonly since?: number;
}

export const LOOK_MS = 1_000;

export class Learning {
  private readonly parts: LearningParts;
  private byPolicy = new Map<string, Waiting>();
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: LearningParts) {
    this.parts = parts;
  }

  /** Begins to look; does not keep the process alive. */
  start(): void {
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  look(): void {
    const { clock, policies, learns: of, serving: served } = this.parts;
    const next = new Map<string, Waiting>();
    for (const policy of policies()) {
      const learns = of(policy) ?? 0;
      const { serving: version, pinned } = served(policy);
      const known = this.byPolicy.get(policy);
      if (known === undefined || known.version !== version || pinned !== undefined)
        next.set(policy, { version, learns });
      else if (learns > known.learns) next.set(policy, { ...known, since: known.since ?? clock.elapsed() });
      else next.set(policy, known);
    }
    this.byPolicy = next;
  }

  /** Milliseconds that the policy which waits longest has waited; 0 while none does. */
  get waitMs(): number {
    const now = this.parts.clock.elapsed();
    let longest = 0;
    for (const { since } of this.byPolicy.values()) if (since !== undefined) longest = Math.max(longest, now - since);
    return longest;
  }
}
