/** The features of this process. */
import type { Logger } from "pino";
import type { Layout } from "../adapters/fs/layout.ts";
import type { Config } from "../config.ts";
import { Catalogue } from "../core/features/catalogue.ts";
import type { PolicyState } from "../core/features/policyState.ts";
import { Schema } from "../core/features/schema.ts";
import { FeatureState } from "../core/features/state.ts";
import type { Clock } from "../ports/clock.ts";

export interface RunningReplica {
  state(policy: string): PolicyState;
  readonly lagMs?: number;
  close(): Promise<void>;
}

/** Empty states, until the replica follows the log. */
export async function startReplica(parts: {
  readonly config: Config;
  readonly layout: Layout;
  readonly log: Logger;
  readonly clock: Clock;
}): Promise<RunningReplica> {
  const { catalogueItemsMax, featureUsersMax, pairRatesMax } = parts.config;
  const catalogue = new Catalogue({ itemsMax: catalogueItemsMax, usersMax: featureUsersMax });
  const states = new Map<string, PolicyState>();
  return {
    state(policy) {
      let known = states.get(policy);
      if (known === undefined) {
        known = { catalogue, features: new FeatureState(catalogue, { featureUsersMax, pairRatesMax }), schema: new Schema() };
        states.set(policy, known);
      }
      return known;
    },
    close: async () => {},
  };
}
