/** The sandboxed process of the embed queue (started by BullMQ from `queue.ts`): payload → one call → result. */
import { existsSync } from "node:fs";
import type { SandboxedJob } from "bullmq";
import { layoutOf } from "../../src/adapters/fs/layout.ts";
import { systemClock } from "../../src/adapters/system/clock.ts";
import { endWithWorker } from "../endWithWorker.ts";
import { holdingJob } from "../jobLock.ts";
import { embedPolicy } from "./embedPolicy.ts";
import { showProgress } from "./progressFile.ts";
import type { EmbedPayload } from "./queue.ts";

/** Longest that a job waits for `brigand train`. */
const WAIT_MS = 60_000;
const stream = `embed-${systemClock.now()}-${process.pid}`;

endWithWorker();

export default async function embed(job: SandboxedJob<EmbedPayload>) {
  const { dataDir, workspace, policy, backend, versionsKept, rowsMax, itemsMax } = job.data;
  const place = { layout: layoutOf(dataDir, workspace), policy, rowsMax };
  if (!existsSync(place.layout.joinedOf(policy))) return undefined;
  const { elapsed } = systemClock;
  return holdingJob({ layout: place.layout, policy, job: "embed", waitMs: WAIT_MS }, async () => {
    const shown = showProgress(place);
    try {
      return await embedPolicy({
        ...place,
        stream,
        versionsKept,
        itemsMax,
        elapsed,
        now: systemClock.now(),
        backend: async () => (await import("../../training/embed/backends/choose.ts")).chooseBackend(backend),
        onProgress(progress) {
          shown.update(progress);
          job.updateProgress({ ...progress }).catch(() => {});
        },
      });
    } finally {
      shown.end();
    }
  });
}
