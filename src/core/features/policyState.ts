/**
 * What a policy knows at one place of the log: the declared features of items and users, what happened to them,
 * and which columns the encoder makes of it. Writer, servers and offline evaluation hold the same value and fold
 * the same records and operations into it.
 */

import type { Experiment } from "../variants/experiment.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Schema } from "./schema.ts";
import type { FeatureState } from "./state.ts";

export interface PolicyState {
  readonly catalogue: Catalogue;
  readonly features: FeatureState;
  readonly schema: Schema;
  /** What its variants have earned. */
  readonly experiment: Experiment;
}
