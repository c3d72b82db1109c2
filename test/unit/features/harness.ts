/** A policy's state to which tests tell small stories. Each row of `rows` is a candidate's columns by name. */
import type { Features } from "../../../src/core/domain.ts";
import { Catalogue } from "../../../src/core/features/catalogue.ts";
import { type EncodeRequest, encode } from "../../../src/core/features/encode.ts";
import { Schema } from "../../../src/core/features/schema.ts";
import { type FeatureBounds, FeatureState } from "../../../src/core/features/state.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { RecordKind } from "../../../src/core/log/records.ts";
import { applyOperation } from "../../../src/core/pipeline.ts";
import { Experiment } from "../../../src/core/variants/experiment.ts";

export interface Story {
  readonly decision?: string;
  readonly subject?: string;
  readonly segments?: readonly string[];
}

export class Policy {
  readonly catalogue = new Catalogue();
  readonly features: FeatureState;
  readonly schema = new Schema();
  readonly experiment = new Experiment();
  private decisions = 0;

  constructor(columns: readonly string[] = [], bounds?: FeatureBounds) {
    this.features = new FeatureState(this.catalogue, bounds);
    this.schema.append(columns);
  }

  declare(item: string, features: Features): void {
    this.catalogue.apply({ kind: RecordKind.item, id: `event of ${item}`, item, features, at: 0 });
  }

  /** Rows of one decision settle with these rewards. */
  show(
    rewards: { readonly [item: string]: number },
    { decision = `d${this.decisions++}`, subject, segments = [] }: Story = {},
  ): void {
    const items = Object.keys(rewards);
    applyOperation(this, {
      kind: OperationKind.learn,
      decision,
      subject,
      served: "model",
      variant: "stable",
      modelVersion: 1,
      at: 0,
      settledAt: 0,
      segments,
      items,
      positions: items.map((_, i) => i + 1),
      rewards: Object.values(rewards),
      base: 0,
      columns: 0,
      dense: new Float32Array(0),
    });
  }

  /** A reward reaches a row. */
  answer(
    item: string,
    {
      decision = "d0",
      subject,
      segments = [],
      reward = 1,
      at = 1,
      delta = reward,
    }: Story & { reward?: number; at?: number; delta?: number } = {},
  ): void {
    applyOperation(this, {
      kind: OperationKind.positive,
      decision,
      subject,
      item,
      reward,
      delta,
      settled: false,
      segments,
      at,
    });
  }

  unsee(item: string, { decision = "d0", subject, segments = [], before = 0 }: Story & { before?: number } = {}): void {
    const row = { learnedAt: 0, row: 0, columns: 0, dense: new Float32Array(0), at: 0 };
    applyOperation(this, { kind: OperationKind.unlearn, decision, subject, item, segments, before, ...row });
  }

  encode(items: EncodeRequest["items"], more: Partial<EncodeRequest> = {}) {
    return encode(this, { items, inputPosition: items.map((_, i) => i), at: 1, ...more });
  }

  /** Columns by name of each item. */
  rows(
    items: readonly string[] | EncodeRequest["items"],
    more: Partial<EncodeRequest> = {},
  ): { [column: string]: number }[] {
    const list = items.map((item) => (typeof item === "string" ? { id: item } : item));
    const { dense, columns } = this.encode(list, more);
    return list.map((_, i) => Object.fromEntries(this.schema.columns.map((name, j) => [name, dense[i * columns + j]])));
  }
}
