/** One decision found again and explained, without a server. */
import { framesByTime } from "../../adapters/fs/decisionLogFrames.ts";
import { frameReader } from "../../adapters/fs/frameAt.ts";
import { JoinedReader } from "../../adapters/fs/joinedLogReader.ts";
import type { Layout } from "../../adapters/fs/layout.ts";
import { newestSnapshot } from "../../adapters/fs/snapshots.ts";
import { locate } from "../../core/decide/decisionId.ts";
import type { DecisionId } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { Schema } from "../../core/features/schema.ts";
import { decodeOperation } from "../../core/join/codec.ts";
import { OperationKind } from "../../core/join/operations.ts";
import { decodeRecord, peekDecisionId } from "../../core/log/codec.ts";
import { type DecisionRecord, RecordKind } from "../../core/log/records.ts";

const READ_BYTES = 4 * 1024 * 1024;

/**
 * The line of a decision. Ids that the server made name their place; callers' ids are looked for in the whole log of
 * these policies, and the first line counts. @throws CB_DECISION_UNKNOWN
 */
export async function findDecision(
  layout: Layout,
  policies: readonly string[],
  id: DecisionId,
): Promise<DecisionRecord> {
  const place = locate(id);
  const frame = place && policies.includes(place.policy) ? await frameReader(layout).at(place) : undefined;
  const named = frame?.kind === RecordKind.decision ? decodeRecord(frame) : undefined;
  if (named?.kind === RecordKind.decision && named.id === id) return named;
  for (const policy of policies) {
    for await (const { frame: candidate } of framesByTime({ layout, policy })) {
      if (peekDecisionId(candidate) !== id) continue;
      const record = decodeRecord(candidate);
      if (record.kind === RecordKind.decision) return record;
    }
  }
  throw new BrigandError(
    "CB_DECISION_UNKNOWN",
    {},
    "Check the id, --data-dir and --workspace. Lines are kept until they are downstream.",
  );
}

/** Names of the policy's encoder columns as far as the joined log tells: of the newest snapshot and of what follows it. */
export async function columnNames(layout: Layout, policy: string): Promise<readonly string[]> {
  const schema = new Schema();
  const snapshot = await newestSnapshot(layout.snapshotsOf(policy));
  if (snapshot !== undefined) schema.append(snapshot.pipeline.state.columns);
  const reader = new JoinedReader({ directory: layout.joinedOf(policy), from: snapshot?.position ?? 0 });
  try {
    for (;;) {
      const { frames } = await reader.read(READ_BYTES);
      if (frames.length === 0) return schema.columns;
      for (const frame of frames) {
        const operation = frame.kind === OperationKind.schema ? decodeOperation(frame) : undefined;
        if (operation?.kind === OperationKind.schema) schema.append(operation.columns);
      }
    }
  } catch (error) {
    if (error instanceof BrigandError && error.code === "CB_LOG_TRIMMED") return schema.columns;
    throw error;
  } finally {
    reader.close();
  }
}
