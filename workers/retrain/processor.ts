/** The sandboxed process of the retrain queue (started by BullMQ from `queue.ts`): payload → one call → result. */
import { existsSync } from "node:fs";
import type { SandboxedJob } from "bullmq";
import { layoutOf } from "../../src/adapters/fs/layout.ts";
import { systemClock } from "../../src/adapters/system/clock.ts";
import { endWithWorker } from "../endWithWorker.ts";
import { holdingJob } from "../jobLock.ts";
import type { RetrainPayload } from "./queue.ts";
import { train } from "./trainer.ts";

/** Longest that a job waits for `brigand train`. */
const WAIT_MS = 60_000;

endWithWorker();

export default async function retrain(job: SandboxedJob<RetrainPayload>) {
  const { dataDir, workspace, policy, versionsKept } = job.data;
  const layout = layoutOf(dataDir, workspace);
  if (!existsSync(layout.joinedOf(policy))) return undefined;
  const onProgress = (position: number) => void job.updateProgress({ position }).catch(() => {});
  return holdingJob({ layout, policy, job: "retrain", waitMs: WAIT_MS }, () =>
    train({ layout, policy, versionsKept, now: systemClock.now(), onProgress }),
  );
}
