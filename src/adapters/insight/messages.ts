/** What the server and its insight thread say to each other; plain data. */
import type { AskedChart, AskedOverview } from "../../ports/insight.ts";

export interface ThreadData {
  readonly dataDir: string;
  readonly workspace: string;
  readonly redisUrl?: string;
  readonly policiesMax: number;
  readonly logBytesMax: number;
}

export type Question =
  | { readonly kind: "overview"; readonly asked: AskedOverview }
  | { readonly kind: "chart"; readonly asked: AskedChart }
  | { readonly kind: "forget"; readonly asked: string }
  | { readonly kind: "redis"; readonly asked: undefined };

export type ToThread = Question & { readonly id: number };

export interface FromThread {
  readonly id: number;
  readonly value?: unknown;
  readonly problem?: string;
}
