/** Insight in this very thread: folds joined logs when asked, draws charts from the same numbers. */
import { overviewOf } from "../../core/insight/overview.ts";
import type { AskedChart, AskedOverview, Insight, RedisNumbers } from "../../ports/insight.ts";
import type { Layout } from "../fs/layout.ts";
import { Follower } from "./follower.ts";

export interface FoldingOptions {
  readonly layout: Layout;
  /** Policies whose folds are kept, about 10 MB each at most; the one asked for longest ago goes. */
  readonly policiesMax: number;
  /** Newest bytes of a policy's joined log that a first look reads. */
  readonly logBytesMax: number;
  readonly redis?: () => Promise<RedisNumbers | undefined>;
}

/** Longest that an answer waits for the log to be read. */
const WAIT_MS = 400;
const CHARTS_MAX = 64;

export class FoldingInsight implements Insight {
  private readonly options: FoldingOptions;
  private readonly followers = new Map<string, Follower>();
  /** Finished pictures by what they show. */
  private readonly drawn = new Map<string, string>();

  constructor(options: FoldingOptions) {
    this.options = options;
  }

  async overview(asked: AskedOverview) {
    const follower = this.follower(asked.policy);
    await follower.advance(WAIT_MS);
    return this.tell(asked, follower);
  }

  /** Cost: 5 to 15 ms a picture; the same numbers are drawn once. */
  async chart(asked: AskedChart): Promise<string> {
    const { name, theme, size, policy, range, effects } = asked;
    const follower = this.follower(policy);
    if (!follower.current) await follower.advance(WAIT_MS);
    const overview = this.tell({ policy, range }, follower);
    const parts = [
      policy,
      range,
      name,
      theme,
      size,
      overview.last.commitAt,
      overview.counts.decisions,
      JSON.stringify(effects),
    ];
    const key = parts.join(" ");
    const known = this.drawn.get(key);
    if (known !== undefined) return known;
    const { drawChart } = await import("../charts/charts.ts");
    const svg = drawChart(overview, { name, theme, size, effects });
    this.drawn.set(key, svg);
    if (this.drawn.size > CHARTS_MAX) for (const oldest of this.drawn.keys()) if (this.drawn.delete(oldest)) break;
    return svg;
  }

  redis(): Promise<RedisNumbers | undefined> {
    return this.options.redis?.() ?? Promise.resolve(undefined);
  }

  async forget(policy: string): Promise<void> {
    this.followers.get(policy)?.close();
    this.followers.delete(policy);
    for (const key of this.drawn.keys()) if (key.startsWith(`${policy} `)) this.drawn.delete(key);
  }

  async close(): Promise<void> {
    for (const follower of this.followers.values()) follower.close();
    this.followers.clear();
  }

  private tell({ policy, range }: AskedOverview, { fold, partial, current }: Follower) {
    return overviewOf(fold, { policy, range, partial, current });
  }

  private follower(policy: string): Follower {
    const { layout, logBytesMax, policiesMax } = this.options;
    const found = this.followers.get(policy) ?? new Follower(layout.joinedOf(policy), logBytesMax);
    this.followers.delete(policy);
    this.followers.set(policy, found);
    for (const [oldest, other] of this.followers) {
      if (this.followers.size <= policiesMax) break;
      other.close();
      this.followers.delete(oldest);
    }
    return found;
  }
}
