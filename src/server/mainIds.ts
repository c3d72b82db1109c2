/** Where decisions stand by the ids that callers chose: this process' own, and those of the others of this machine. */
import type { Logger } from "pino";
import { openClaims } from "../adapters/fs/claims.ts";
import { openDecisionIndex } from "../adapters/fs/decisionIndex.ts";
import type { Layout } from "../adapters/fs/layout.ts";
import type { Config } from "../config.ts";
import type { Clock } from "../ports/clock.ts";
import type { DecisionClaims, DecisionIndex } from "../ports/decisions.ts";

export interface Ids {
  readonly ports: { readonly index: DecisionIndex; readonly claims: DecisionClaims };
  close(): void;
}

/** Ids of earlier decisions are read beside the work. */
export function openIds(parts: {
  readonly layout: Layout;
  readonly streamName: string;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
}): Ids {
  const { layout, streamName, config, clock, log } = parts;
  const { decisionTtlMs, decisionIndexMax } = config;
  const told = (what: string) => (error: unknown) => log.error({ err: error }, what);
  const bounds = { layout, decisionTtlMs, decisionIndexMax };
  const index = openDecisionIndex({ ...bounds, now: clock.now(), failed: told("a stream could not be indexed") });
  const claims = openClaims({
    ...bounds,
    streamName,
    now: () => clock.now(),
    failed: told("claims of other processes could not be read"),
  });
  return {
    ports: { index, claims },
    close() {
      index.close();
      claims.close();
    },
  };
}
