/** All policies' writers of this process: opened when a policy's log appears, each running its rounds in turn. */
import type { Logger } from "pino";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import type { PolicyName, Position } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import type { JoinCounts } from "../../src/core/join/pending.ts";
import type { PipelineBounds } from "../../src/core/pipeline.ts";
import type { PolicySettings } from "../../src/core/settings/policy.ts";
import { CATALOGUE, type Transport } from "../../src/ports/log.ts";
import { PolicyWriter } from "./policyWriter.ts";

export interface Committed {
  /** Of the join since the log began. */
  readonly counts: Readonly<JoinCounts>;
  /** Rows from which the item vectors in force were learned; 0 without vectors. */
  readonly vectorRows: number;
}

export interface WritersOptions {
  readonly layout: Layout;
  readonly transport: Transport;
  readonly trimsStreams?: boolean;
  readonly bounds: PipelineBounds;
  readonly settingsOf: (policy: PolicyName) => PolicySettings;
  /** Whether the policy is being removed: its writer gives up and none begins. */
  readonly isRemoving?: (policy: PolicyName) => boolean;
  /** @param progress what the policy's log has come to. */
  readonly onCommitted: (policy: PolicyName, position: Position, progress: Committed) => void;
  readonly elapsed: () => number;
  readonly log: Logger;
}

const PAUSE_MS = 25;
const LOOK_MS = 500;
/** After an error a policy is left alone this long. */
const REST_MS = 2_000;

export function startWriters(options: WritersOptions): { close(): Promise<void> } {
  const writers = new Map<PolicyName, PolicyWriter>();
  const resting = new Map<PolicyName, number>();
  let running = true;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const step = async (): Promise<boolean> => {
    if (options.elapsed() - lookedAt > LOOK_MS) {
      lookedAt = options.elapsed();
      await openMissing(options, writers, resting).catch((error) =>
        options.log.warn({ err: error }, "the log cannot be reached"),
      );
    }
    let more = false;
    for (const [policy, writer] of writers) {
      const before = writer.joined.committed;
      more = (await writer.round().catch((error) => giveUp(options, { writers, resting, policy, error }))) || more;
      if (writer.joined.committed !== before) committed(options, writer);
    }
    return more;
  };
  const done = (async () => {
    while (running) if (!(await step())) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  })();
  return {
    async close() {
      running = false;
      await done;
      for (const writer of writers.values()) await writer.close();
    },
  };
}

function committed(options: WritersOptions, { policy, joined, pipeline }: PolicyWriter): void {
  const vectorRows = pipeline.state.features.vectors?.value.rows ?? 0;
  options.onCommitted(policy, joined.committed, { counts: pipeline.join.counts, vectorRows });
}

async function openMissing(
  options: WritersOptions,
  writers: Map<PolicyName, PolicyWriter>,
  resting: Map<PolicyName, number>,
): Promise<void> {
  for (const [policy, writer] of writers) {
    if (options.isRemoving?.(policy) !== true) continue;
    writers.delete(policy);
    await writer.abandon();
  }
  for (const policy of await options.transport.policies()) {
    if (options.isRemoving?.(policy) === true) continue;
    if (policy === CATALOGUE || writers.has(policy) || (resting.get(policy) ?? 0) > options.elapsed()) continue;
    try {
      const writer = await PolicyWriter.open({ ...options, policy, settings: options.settingsOf(policy) });
      if (writer === undefined) continue;
      writers.set(policy, writer);
      committed(options, writer);
      options.log.info({ policy, position: writer.joined.committed }, "writing");
    } catch (error) {
      resting.set(policy, options.elapsed() + REST_MS);
      options.log.error({ policy, err: error }, "the policy's log could not be opened for writing");
    }
  }
}

interface Failure {
  readonly writers: Map<PolicyName, PolicyWriter>;
  readonly resting: Map<PolicyName, number>;
  readonly policy: PolicyName;
  readonly error: unknown;
}

/** A writer that failed is dropped with what it had not committed; it starts again from the log. */
async function giveUp(options: WritersOptions, { writers, resting, policy, error }: Failure): Promise<boolean> {
  const fenced = error instanceof BrigandError && error.code === "CB_LOG_FENCED";
  if (fenced) options.log.info({ policy }, "another process writes this policy now");
  else options.log.error({ policy, err: error }, "a round failed; the writer starts again from the log");
  await writers
    .get(policy)
    ?.abandon()
    .catch(() => {});
  writers.delete(policy);
  resting.set(policy, options.elapsed() + (fenced ? 0 : REST_MS));
  return false;
}
