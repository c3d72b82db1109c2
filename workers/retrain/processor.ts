/** The sandboxed process of the retrain queue (started by BullMQ from `queue.ts`): payload → one call → result. */
import type { SandboxedJob } from "bullmq";
import { layoutOf } from "../../src/adapters/fs/layout.ts";
import { systemClock } from "../../src/adapters/system/clock.ts";
import type { RetrainPayload } from "./queue.ts";
import { train } from "./trainer.ts";

export default async function retrain(job: SandboxedJob<RetrainPayload>) {
  const { dataDir, workspace, policy, versionsKept } = job.data;
  const layout = layoutOf(dataDir, workspace);
  return train({ layout, policy, versionsKept, now: systemClock.now(), onProgress: (position) => void job.updateProgress({ position }) });
}
