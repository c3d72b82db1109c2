/** Numbers and pictures for people, made beside the requests: asking must never make a ranking wait. */
import type { PolicyName } from "../core/domain.ts";
import type { Range } from "../core/insight/fold.ts";
import type { Overview } from "../core/insight/overview.ts";

export const CHARTS = ["reward", "variants", "effects", "exploration"] as const;
export type ChartName = (typeof CHARTS)[number];

export interface ChartLook {
  readonly theme: "light" | "dark";
  readonly size: "wide" | "narrow";
}

export interface AskedOverview {
  readonly policy: PolicyName;
  readonly range: Range;
}

/** A row of the chart of effects. */
export interface Effect {
  readonly name: string;
  readonly mean: number;
  readonly low?: number;
  readonly high?: number;
}

export interface AskedChart extends AskedOverview, ChartLook {
  readonly name: ChartName;
  /** What the chart of effects shows, in order. */
  readonly effects?: readonly Effect[];
}

/** Jobs of one kind. */
export interface QueueNumbers {
  readonly name: string;
  readonly waiting: number;
  readonly active: number;
  /** Since the oldest waiting job was added; absent when none waits. */
  readonly oldestMs?: number;
}

export interface RedisNumbers {
  readonly queues: readonly QueueNumbers[];
  readonly memoryBytes: number;
}

export interface Insight {
  /** The policy's numbers, as far as its log has been read; undefined where they could not be had in time. */
  overview(asked: AskedOverview): Promise<Overview | undefined>;
  /** SVG text, from the same numbers. */
  chart(asked: AskedChart): Promise<string | undefined>;
  /** Lets go of a policy that is gone. */
  forget(policy: PolicyName): Promise<void>;
  /** Undefined without a Redis that answers. */
  redis(): Promise<RedisNumbers | undefined>;
  close(): Promise<void>;
}
