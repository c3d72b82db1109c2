/**
 * The retrain queue: a policy with new rows gets its next job once the last one has ended and `everyMs` have passed
 * since it began.
 */
import type { PolicyName, Position } from "../../src/core/domain.ts";
import { openPolicyQueue, type PolicyPayload, type QueueConnection } from "../policyQueue.ts";

export interface RetrainPayload extends PolicyPayload {
  readonly position: Position;
  readonly versionsKept: number;
}

export interface RetrainOptions extends QueueConnection {
  readonly dataDir: string;
  readonly everyMs: number;
  readonly versionsKept: number;
  readonly elapsed: () => number;
}

const LOOK_MS = 50;

export interface Retraining {
  /** The policy's joined log has grown to `position`. Never waits, never throws. */
  notify(policy: PolicyName, position: Position): void;
  /** The policy goes: nothing more is asked for, nothing waits or runs. */
  quiet(policy: PolicyName): Promise<void>;
  close(): Promise<void>;
}

export function startRetraining(options: RetrainOptions): Retraining {
  const { dataDir, workspace, versionsKept, everyMs, elapsed } = options;
  const processor = new URL("./processor.js", import.meta.url);
  const grown = new Map<PolicyName, Position>();
  const latest = new Map<PolicyName, Position>();
  const onFailed = (policy: PolicyName) => void grown.set(policy, latest.get(policy) ?? 0);
  const queue = openPolicyQueue<RetrainPayload>({ ...options, name: "retrain", processor, onFailed });
  const begun = new Map<PolicyName, number>();
  const add = async (policy: PolicyName, position: Position) => {
    begun.set(policy, elapsed());
    const added = await queue.add({ dataDir, workspace, policy, position, versionsKept });
    if (added && grown.get(policy) === position) grown.delete(policy);
  };
  const timer = setInterval(() => {
    for (const [policy, position] of grown) {
      if (elapsed() - (begun.get(policy) ?? Number.NEGATIVE_INFINITY) < everyMs) continue;
      add(policy, position).catch(() => begun.delete(policy));
    }
  }, LOOK_MS);
  return {
    notify(policy, position) {
      latest.set(policy, position);
      grown.set(policy, position);
    },
    quiet(policy) {
      for (const known of [grown, latest, begun]) known.delete(policy);
      return queue.quiet(policy);
    },
    close() {
      clearInterval(timer);
      return queue.close();
    },
  };
}
