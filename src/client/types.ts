/** What the client takes and gives. Fields are those of POST /v1/rank and POST /v1/rewards (see /docs). */

/** Any JSON object. */
export type Features = { readonly [name: string]: unknown };

export interface RankRequest {
  /** Needed where the client has no policy of its own. */
  readonly policy?: string;
  readonly user?: { readonly id: string; readonly features?: Features };
  readonly session?: string;
  readonly consent?: readonly string[];
  readonly context?: Features;
  /** 1 to 1,000 candidates in the order that is shown when the server cannot choose. */
  readonly items: readonly { readonly id: string; readonly features?: Features }[];
  readonly exclude?: readonly string[];
  /** First of the order that is shown when the server cannot choose. */
  readonly baseline?: string;
  readonly pins?: readonly { readonly id: string; readonly position: number }[];
  readonly slots?: number;
  readonly defer?: boolean;
}

export interface RankedItem {
  readonly id: string;
  /** From 1. */
  readonly position: number;
  /** Absent in a local list, and where the policy's privacy claim forbids it. */
  readonly propensity?: number;
  readonly score?: number;
}

export interface Ranking {
  /** Rewards name it. */
  readonly decisionId: string;
  readonly items: readonly RankedItem[];
  readonly policy: string;
  /** local: the client's own list, because the server was slow or gone, or refused. */
  readonly served?: "model" | "baseline" | "degraded" | "local";
  readonly modelVersion?: number;
  readonly variant?: string;
  /** Of a local list: deadline, unreachable, resting, or the code of the server's error. */
  readonly reason?: string | null;
}

export interface Reward {
  readonly decisionId: string;
  /** Absent: the item at position 1. */
  readonly item?: string;
  readonly value: number;
  readonly type?: string;
  /** Counts once, however often it is sent; made where absent. */
  readonly rewardId?: string;
  readonly policy?: string;
  /** Rows below this position were not seen. */
  readonly viewedThrough?: number;
}

/** A problem that the page does not feel: for the application's own log. */
export interface Problem {
  /** The server's code, or CLIENT_UNREACHABLE, CLIENT_OUTBOX_FULL, CLIENT_STORAGE_FAILED. */
  readonly code: string;
  readonly message: string;
}
