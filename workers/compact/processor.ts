/** The sandboxed process of the compact queue (started by BullMQ from `queue.ts`): payload → one call → result. */
import type { SandboxedJob } from "bullmq";
import { openFsTransport } from "../../src/adapters/fs/fsTransport.ts";
import { layoutOf } from "../../src/adapters/fs/layout.ts";
import { systemClock } from "../../src/adapters/system/clock.ts";
import { endWithWorker } from "../endWithWorker.ts";
import { compactPolicy } from "./compactPolicy.ts";
import type { CompactPayload } from "./queue.ts";
import { trimPolicy } from "./trim.ts";

/** Longest that a job waits for another process that compacts the policy. */
const WAIT_MS = 60_000;

endWithWorker();

export default async function compact(job: SandboxedJob<CompactPayload>) {
  const { dataDir, workspace, policy, walRetentionMs, walBytesMax } = job.data;
  const layout = layoutOf(dataDir, workspace);
  const compacted = await compactPolicy({ layout, policy, waitMs: WAIT_MS });
  const transport = openFsTransport({ layout });
  try {
    const { heldFrom } = compacted;
    const trimmed = await trimPolicy({
      layout,
      policy,
      transport,
      heldFrom,
      now: systemClock.now(),
      walRetentionMs,
      walBytesMax,
    });
    return { ...compacted, ...trimmed };
  } finally {
    await transport.close();
  }
}
