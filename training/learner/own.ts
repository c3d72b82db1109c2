/**
 * Learners of variants that learn from their own rows alone, beside the policy's pooled one: the same learner, fed the
 * operations of one variant. Which there are is said by the log (`variants` operations), so they too are a function of
 * it. One begins where its variant begins to learn so, and ends with it.
 */
import type { Operation, VariantsOperation } from "../../src/core/join/operations.ts";
import { OperationKind } from "../../src/core/join/operations.ts";
import type { Variant } from "../../src/core/settings/variants.ts";
import { Learner } from "./learner.ts";

export class OwnLearners {
  /** Of the newest split. */
  variants: readonly Variant[] = [];
  byVariant = new Map<string, Learner>();

  /** @param columns of the schema before the operation. Cost: that of the variant's learner. */
  add(operation: Operation, position: number, columns: readonly string[]): void {
    if (operation.kind === OperationKind.variants) this.begin(operation, columns);
    else for (const [name, learner] of this.byVariant) if (concerns(operation, name)) learner.add(operation, position);
  }

  private begin({ variants }: VariantsOperation, columns: readonly string[]): void {
    const before = this.byVariant;
    const own = variants.filter(({ learn }) => learn === "own");
    this.variants = variants;
    this.byVariant = new Map(own.map(({ name }) => [name, before.get(name) ?? new Learner(columns)]));
  }
}

/** Columns and vectors are everybody's; the end of a decision says nothing to a learner that never had it. */
const everybodys: readonly number[] = [OperationKind.schema, OperationKind.vectors, OperationKind.close];

function concerns(operation: Exclude<Operation, VariantsOperation>, variant: string): boolean {
  return everybodys.includes(operation.kind) || ("variant" in operation && operation.variant === variant);
}
