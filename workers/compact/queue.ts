/**
 * The compact queue: a policy whose decisions have closed gets its job once they have waited `everyMs`, or at once
 * when about `rowsMax` rows wait; every policy also when the write-ahead log is nearly full, to make room.
 */
import { walBytes } from "../../src/adapters/fs/fsTransport.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import type { PolicyName } from "../../src/core/domain.ts";
import type { JoinCounts } from "../../src/core/join/pending.ts";
import { openPolicyQueue, type PolicyPayload, type QueueConnection } from "../policyQueue.ts";
import { PRESSURE } from "./trim.ts";
import { Waiting } from "./waiting.ts";

export interface CompactPayload extends PolicyPayload {
  readonly walRetentionMs: number;
  readonly walBytesMax: number;
}

export interface CompactOptions extends QueueConnection {
  readonly layout: Layout;
  readonly everyMs: number;
  readonly rowsMax: number;
  readonly walRetentionMs: number;
  readonly walBytesMax: number;
  readonly elapsed: () => number;
}

const LOOK_MS = 250;

export interface Compacting {
  /** The writer of the policy has committed; `counts` since its log began. Never waits, never throws. */
  notify(policy: PolicyName, counts: Readonly<JoinCounts>): void;
  /** The policy goes: nothing more is asked for, nothing waits or runs. */
  quiet(policy: PolicyName): Promise<void>;
  close(): Promise<void>;
}

export function startCompacting(options: CompactOptions): Compacting {
  const { layout, everyMs, walRetentionMs, walBytesMax, elapsed, log } = options;
  const { dataDir, workspace } = layout;
  const waiting = new Waiting(options);
  const processor = new URL("./processor.js", import.meta.url);
  const queue = openPolicyQueue<CompactPayload>({
    ...options,
    name: "compact",
    processor,
    onFailed: (policy) => waiting.again(policy),
  });
  let lookedAt = elapsed();
  const relieve = async () => {
    lookedAt = elapsed();
    if ((await walBytes(layout)) > PRESSURE * walBytesMax) waiting.allNow();
  };
  const timer = setInterval(() => {
    if (elapsed() - lookedAt > everyMs)
      relieve().catch((error) => log.error({ err: error }, "the write-ahead log could not be measured"));
    for (const policy of waiting.due()) {
      const taken = waiting.begin(policy);
      queue.add({ dataDir, workspace, policy, walRetentionMs, walBytesMax }).then(
        (added) => (added ? waiting.done(policy, taken) : undefined),
        () => {},
      );
    }
  }, LOOK_MS);
  return {
    notify: (policy, counts) => waiting.notify(policy, counts),
    quiet(policy) {
      waiting.forget(policy);
      return queue.quiet(policy);
    },
    close() {
      clearInterval(timer);
      return queue.close();
    },
  };
}
