/**
 * The embed queue: a policy whose rows have grown enough since its last item vectors gets a job, at most one in
 * `everyMs`. Whether vectors are due is for the job to say; here is only a look at the counts.
 */
import type { PolicyName } from "../../src/core/domain.ts";
import type { BackendChoice } from "../../training/embed/backends/choose.ts";
import { dueAt } from "../../training/embed/embedder.ts";
import { openPolicyQueue, type PolicyPayload, type QueueConnection } from "../policyQueue.ts";

export interface EmbedPayload extends PolicyPayload {
  readonly backend: BackendChoice;
  readonly versionsKept: number;
  readonly rowsMax: number;
  readonly itemsMax: number;
}

export interface EmbeddingOptions extends QueueConnection {
  readonly dataDir: string;
  readonly backend: BackendChoice;
  readonly everyMs: number;
  readonly versionsKept: number;
  readonly rowsMax: number;
  readonly itemsMax: number;
  readonly elapsed: () => number;
}

/** What the writer of a policy knows. */
export interface RowCounts {
  /** Rows learned since the log began; those that the vectors in force were learned from. */
  readonly rows: number;
  readonly vectorRows: number;
}

export interface Embedding {
  /** The writer of the policy has committed. Never waits, never throws. */
  notify(policy: PolicyName, counts: RowCounts): void;
  /** The policy goes: nothing more is asked for, nothing waits or runs. */
  quiet(policy: PolicyName): Promise<void>;
  close(): Promise<void>;
}

const LOOK_MS = 500;

export function startEmbedding(options: EmbeddingOptions): Embedding {
  const { dataDir, workspace, backend, versionsKept, rowsMax, itemsMax, everyMs, elapsed } = options;
  const processor = new URL("./processor.js", import.meta.url);
  const queue = openPolicyQueue<EmbedPayload>({ ...options, name: "embed", processor });
  const counts = new Map<PolicyName, RowCounts>();
  const begun = new Map<PolicyName, number>();
  const timer = setInterval(() => {
    for (const [policy, { rows, vectorRows }] of counts) {
      const rested = elapsed() - (begun.get(policy) ?? Number.NEGATIVE_INFINITY) >= everyMs;
      if (rows < dueAt(vectorRows) || !rested) continue;
      begun.set(policy, elapsed());
      queue
        .add({ dataDir, workspace, policy, backend, versionsKept, rowsMax, itemsMax })
        .catch(() => begun.delete(policy));
    }
  }, LOOK_MS);
  return {
    notify: (policy, latest) => void counts.set(policy, latest),
    quiet(policy) {
      counts.delete(policy);
      begun.delete(policy);
      return queue.quiet(policy);
    },
    close() {
      clearInterval(timer);
      return queue.close();
    },
  };
}
