/** What the product has acknowledged to its client: the truth that the joined log is held against. */

export interface Promised {
  readonly items: readonly string[];
  /** Of a clock that only grows, when the answer came. */
  readonly at: number;
  /** Acknowledged rewards by item, each rewardId once. */
  readonly rewards: Map<string, number>;
  /** A reward was acknowledged so long after the decision that it need not count. */
  late: boolean;
}

export interface Ranked {
  readonly at: number;
  readonly ms: number;
  /** As the server measured it. */
  readonly tookMs: number;
  readonly served: string;
  readonly reason: string | null;
}

/** A request that was not done, and is sent again: its code, or that no answer came. */
export interface NotTaken {
  readonly at: number;
  readonly what: "rank" | "reward";
  readonly code: string;
}

export class Ledger {
  readonly decisions = new Map<string, Promised>();
  /** Times at which an answer by a newer model came first. */
  readonly newModels: number[] = [];
  readonly ranked: Ranked[] = [];
  readonly refusedForNow: NotTaken[] = [];
  readonly count = {
    decisionsAsked: 0,
    decisionsFailed: 0,
    decisionsRetried: 0,
    askedAgain: 0,
    answeredDifferently: 0,
    rewards: 0,
    rewardsRetried: 0,
    duplicatesSent: 0,
    refused: 0,
  };
  readonly refusals = new Map<string, number>();
  private modelVersion = 0;

  decided(id: string, items: readonly string[], at: number): void {
    this.decisions.set(id, { items, at, rewards: new Map(), late: false });
  }

  rewarded(
    id: string,
    reward: { readonly item: string; readonly value: number },
    lateAfter: { readonly at: number; readonly ms: number },
  ): void {
    const decision = this.decisions.get(id);
    if (decision === undefined) return;
    this.count.rewards++;
    decision.rewards.set(reward.item, (decision.rewards.get(reward.item) ?? 0) + reward.value);
    if (lateAfter.at - decision.at > lateAfter.ms) decision.late = true;
  }

  /** Any other answer than the expected one that is the caller's mistake: there must be none. */
  refused(body: string): void {
    this.count.refused++;
    const code = /"code":"(\w+)"/.exec(body)?.[1] ?? body.slice(0, 100);
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  /** @param body of the answer, where one came. */
  notTaken(what: NotTaken["what"], body: string | undefined, at: number): void {
    const code = body === undefined ? "no answer" : (/"code":"(\w+)"/.exec(body)?.[1] ?? "no code");
    this.refusedForNow.push({ at, what, code });
  }

  answeredBy(modelVersion: number, at: number): void {
    if (modelVersion <= this.modelVersion) return;
    this.modelVersion = modelVersion;
    this.newModels.push(at);
  }
}
