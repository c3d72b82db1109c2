/** What a policy's variants have earned, from its files: the newest snapshot and the joined log after it. */
import type { PolicyName } from "../../core/domain.ts";
import { decodeOperation } from "../../core/join/codec.ts";
import { OperationKind } from "../../core/join/operations.ts";
import { Experiment } from "../../core/variants/experiment.ts";
import { JoinedReader } from "./joinedLogReader.ts";
import type { Layout } from "./layout.ts";
import { newestSnapshot } from "./snapshots.ts";

const READ_BYTES = 4 * 1024 * 1024;

/** As of the log's last commit. Only reads, so it may run beside everything. @throws CB_LOG_TRIMMED, CB_LOG_CORRUPT */
export async function readExperiment(
  layout: Layout,
  policy: PolicyName,
  bounds: { readonly experimentSubjectsMax: number },
): Promise<Experiment> {
  const experiment = new Experiment(bounds);
  const snapshot = await newestSnapshot(layout.snapshotsOf(policy));
  const saved = snapshot?.pipeline.state.experiment;
  if (saved !== undefined) experiment.load(saved);
  const reader = new JoinedReader({ directory: layout.joinedOf(policy), from: snapshot?.position ?? 0 });
  try {
    for (;;) {
      const { frames } = await reader.read(READ_BYTES);
      if (frames.length === 0) return experiment;
      for (const frame of frames) {
        if (frame.kind !== OperationKind.close && frame.kind !== OperationKind.variants) continue;
        const operation = decodeOperation(frame);
        if (operation.kind === OperationKind.close) experiment.add(operation);
        else if (operation.kind === OperationKind.variants) experiment.begin(operation);
      }
    }
  } finally {
    reader.close();
  }
}
