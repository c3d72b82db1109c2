/**
 * The load: decisions at a steady rate, rewards after them. What was not acknowledged is sent again until it is: rewards
 * always (same rewardId), decisions where the client chose the id.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Uniform } from "../../src/core/math/random.ts";
import type { Client } from "./http.ts";
import type { Ledger } from "./ledger.ts";
import { POLICY, SETTLE_MS } from "./options.ts";

export interface LoadOptions {
  readonly client: Client;
  readonly ledger: Ledger;
  readonly uniform: Uniform;
  readonly rate: number;
  readonly rewardWindowMs: number;
  /** Deadline of a ranking; default 5 s, which a restart may take. */
  readonly timeoutMs?: number;
}

export interface Load {
  /** No new decisions; resolves when every reward is acknowledged. */
  stop(): Promise<void>;
}

const ITEMS = 40;
const CANDIDATES = 10;
const SLOTS = 3;
const USERS = 200;
const UNDER_WAY_MAX = 300;
const PATIENCE_MS = 60_000;

interface RankAnswer {
  readonly decisionId: string;
  readonly items: readonly { readonly id: string; readonly propensity: number }[];
  readonly modelVersion: number;
  readonly served: string;
  readonly reason: string | null;
  readonly tookMs: number;
}

export function startLoad(options: LoadOptions): Load {
  const client = new LoadClient(options);
  const underWay = new Set<Promise<void>>();
  const start = performance.now();
  let begun = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - start) / 1000) * options.rate);
    for (; begun < due; begun++) {
      if (underWay.size >= UNDER_WAY_MAX) continue;
      const one = client.decision(begun).finally(() => underWay.delete(one));
      underWay.add(one);
    }
  }, 10);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

class LoadClient {
  private readonly options: LoadOptions;

  constructor(options: LoadOptions) {
    this.options = options;
  }

  /** One decision with everything that follows from it. */
  async decision(number: number): Promise<void> {
    const { ledger, uniform } = this.options;
    const own = uniform() < 0.3;
    const body = this.request(own ? `own-${number}` : undefined);
    const again = own && uniform() < 0.3;
    ledger.count.decisionsAsked++;
    const answer = await (own ? this.untilAnswered(body) : this.rank(body));
    if (answer === undefined) {
      ledger.count.decisionsFailed++;
      return;
    }
    // The log did not take it, and said so: nothing was promised.
    if (answer.reason === "log") return;
    const shown = answer.items.map(({ id }) => id);
    ledger.decided(answer.decisionId, shown, performance.now());
    await Promise.all([
      again ? this.askAgain(body, answer) : undefined,
      ...this.plannedRewards(shown).map((planned, index) =>
        this.reward(answer.decisionId, { ...planned, rewardId: `${answer.decisionId}-${index}` }),
      ),
    ]);
  }

  private request(decisionId: string | undefined): object {
    const { uniform, timeoutMs = 5_000 } = this.options;
    const first = Math.floor(uniform() * ITEMS);
    const items = Array.from({ length: CANDIDATES }, (_, i) => {
      const item = (first + 3 * i) % ITEMS;
      return { id: `item-${item}`, features: { price: item / 10, colour: item % 3 === 0 ? "red" : "blue" } };
    });
    const user = { id: `user-${Math.floor(uniform() * USERS)}` };
    const context = { device: uniform() < 0.5 ? "phone" : "desk" };
    return { policy: POLICY, decisionId, items, user, context, slots: SLOTS, timeoutMs };
  }

  /** Undefined where no answer came: then nothing was promised. */
  private async rank(body: object): Promise<RankAnswer | undefined> {
    const { client, ledger } = this.options;
    const from = performance.now();
    const answer = await client.send("POST", "/v1/rank", body).catch(() => undefined);
    if (answer !== undefined && answer.status >= 400 && answer.status < 500) ledger.refused(answer.body);
    const at = performance.now();
    if (answer?.status !== 200) {
      ledger.notTaken("rank", answer?.body, at);
      return undefined;
    }
    const ranked: RankAnswer = JSON.parse(answer.body);
    const { served, reason, tookMs } = ranked;
    ledger.ranked.push({ at, ms: at - from, tookMs, served, reason });
    ledger.answeredBy(ranked.modelVersion, at);
    return ranked;
  }

  private async untilAnswered(body: object): Promise<RankAnswer | undefined> {
    const until = performance.now() + PATIENCE_MS;
    for (let wait = 50; performance.now() < until; wait = Math.min(1_000, 2 * wait)) {
      const answer = await this.rank(body);
      if (answer !== undefined) return answer;
      this.options.ledger.count.decisionsRetried++;
      await sleep(wait);
    }
    return undefined;
  }

  /** The same id and body some time later, perhaps to another process: the stored answer must come. */
  private async askAgain(body: object, first: RankAnswer): Promise<void> {
    const { ledger, uniform } = this.options;
    await sleep(uniform() * 4_000);
    const second = await this.untilAnswered(body);
    ledger.count.askedAgain++;
    const same =
      JSON.stringify(second?.items) === JSON.stringify(first.items) && second?.modelVersion === first.modelVersion;
    if (!same) ledger.count.answeredDifferently++;
  }

  /** None for half of the decisions; else one to three, also two of one item; many arrive after the row has settled. */
  private plannedRewards(
    shown: readonly string[],
  ): { item: string; value: number; afterMs: number; viewedThrough?: number }[] {
    const { uniform } = this.options;
    if (uniform() < 0.5) return [];
    return Array.from({ length: 1 + Math.floor(uniform() * 3) }, () => {
      const slot = Math.floor(uniform() * shown.length);
      const late = uniform() < 0.5;
      const afterMs = late ? SETTLE_MS + 200 + uniform() * 3_000 : uniform() * SETTLE_MS * 0.5;
      const viewedThrough = uniform() < 0.05 ? shown.length - 1 : undefined;
      return { item: shown[slot], value: 1 + Math.floor(uniform() * 3), afterMs, viewedThrough };
    });
  }

  private async reward(
    decisionId: string,
    planned: {
      readonly item: string;
      readonly value: number;
      readonly afterMs: number;
      readonly viewedThrough?: number;
      readonly rewardId: string;
    },
  ): Promise<void> {
    const { client, ledger, uniform, rewardWindowMs } = this.options;
    const { afterMs, ...reward } = planned;
    const twice = uniform() < 0.1;
    const body = { decisionId, policy: uniform() < 0.5 ? POLICY : undefined, ...reward };
    await sleep(afterMs);
    if (twice) {
      ledger.count.duplicatesSent++;
      client.send("POST", "/v1/rewards", body).catch(() => {});
    }
    const until = performance.now() + PATIENCE_MS;
    for (let wait = 50; performance.now() < until; wait = Math.min(1_000, 2 * wait)) {
      const answer = await client.send("POST", "/v1/rewards", body).catch(() => undefined);
      if (answer?.status === 202)
        return ledger.rewarded(decisionId, reward, { at: performance.now(), ms: rewardWindowMs - 2_000 });
      if (answer !== undefined && answer.status >= 400 && answer.status < 500) return ledger.refused(answer.body);
      ledger.notTaken("reward", answer?.body, performance.now());
      ledger.count.rewardsRetried++;
      await sleep(wait);
    }
  }
}
