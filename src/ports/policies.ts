/** What owners wrote about their policies; everything not written is a default. */
import type { PolicyName } from "../core/domain.ts";
import type { PolicySettings } from "../core/settings/policy.ts";

export interface PolicyStore {
  list(): readonly PolicyName[];
  /** As written, or undefined for a policy that does not exist. Cost: a lookup. */
  get(name: PolicyName): Partial<PolicySettings> | undefined;
  /** Replaces; in effect at once, resolves when it would survive a crash. */
  put(name: PolicyName, given: Partial<PolicySettings>): Promise<void>;
  /** Whether the policy is being removed: nobody may make it anew before that is done. Cost: a lookup. */
  removing?(name: PolicyName): boolean;
  /** Grows with every change, also of other processes. */
  readonly version: number;
  close(): void;
}
