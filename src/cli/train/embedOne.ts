/** Item vectors of one policy, learned here and now when they are due, and joined where nobody else does. */
import type { Embedded } from "../../../workers/embed/embedPolicy.ts";
import type { Layout } from "../../adapters/fs/layout.ts";
import { openPolicyStore } from "../../adapters/fs/policyStore.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import type { Config } from "../../config.ts";
import { withDefaults } from "../../core/settings/policy.ts";
import { startProgress } from "../progress.ts";

export interface EmbedOne {
  readonly config: Config;
  readonly layout: Layout;
  readonly policy: string;
  readonly json: boolean;
}

/** @throws CB_JOB_BUSY while a worker is at it */
export async function embedOne({ config, layout, policy, json }: EmbedOne): Promise<Embedded> {
  const [{ holdingJob }, { embedPolicy }] = await Promise.all([
    import("../../../workers/jobLock.ts"),
    import("../../../workers/embed/embedPolicy.ts"),
  ]);
  const stream = `embed-${systemClock.now()}-${process.pid}`;
  let progress: ReturnType<typeof startProgress> | undefined;
  const embedded = await holdingJob({ layout, policy, job: "embed" }, () =>
    embedPolicy({
      layout,
      policy,
      stream,
      now: systemClock.now(),
      elapsed: systemClock.elapsed,
      versionsKept: config.modelVersionsKept,
      rowsMax: config.embedRowsMax,
      itemsMax: config.embedItemsMax,
      backend: async () =>
        (await import("../../../training/embed/backends/choose.ts")).chooseBackend(config.embedBackend),
      onProgress({ step, steps, loss }) {
        if (loss === undefined) return;
        progress ??= startProgress({ title: `item vectors of ${policy}`, total: steps, unit: "steps", json });
        progress.update(step, `loss ${loss.toFixed(4)}`);
      },
    }),
  );
  progress?.end();
  if (embedded.end !== undefined) await join({ config, layout, policy, json }, stream, embedded.end);
  return embedded;
}

/** Until the joined log has the vectors: by whoever writes the policy, or by a thread of this process. */
async function join({ config, layout, policy }: EmbedOne, stream: string, end: number): Promise<void> {
  const [{ boundsOf }, { startJoining }, { readSettings }] = await Promise.all([
    import("../../../workers/import/importFile.ts"),
    import("../../../workers/import/joined.ts"),
    import("../../server/settings.ts"),
  ]);
  const policies = openPolicyStore({ folder: layout.policies, check: readSettings, refused: () => undefined });
  const settings = withDefaults(policies.get(policy) ?? {});
  policies.close();
  const { dataDir, workspace } = layout;
  const joining = startJoining(
    { dataDir, workspace, policy, settings, bounds: boundsOf(config), places: [{ policy, stream }] },
    layout,
  );
  await joining.until([end], () => undefined);
  await joining.close();
}
