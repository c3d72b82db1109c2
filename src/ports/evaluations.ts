/** Offline evaluations of a policy, kept until somebody deletes them. */
import type { PolicyName } from "../core/domain.ts";
import type { Evaluation } from "../core/doors/personalizer/evaluation.ts";

export interface EvaluationStore {
  /** In the order of their creation. */
  list(policy: PolicyName): Promise<readonly Evaluation[]>;
  get(policy: PolicyName, id: string): Promise<Evaluation | undefined>;
  /** Replaces; resolves when it would survive a crash. */
  put(policy: PolicyName, evaluation: Evaluation): Promise<void>;
  delete(policy: PolicyName, id: string): Promise<void>;
}
