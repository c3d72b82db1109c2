/**
 * A policy's state from its logs: the recorded rounds run again, from the beginning or from a snapshot. Every operation
 * is compared with the joined log, bit for bit.
 */
import { createHash } from "node:crypto";
import { JoinedLookup } from "../../src/adapters/fs/joinedLogLookup.ts";
import { JoinedReader } from "../../src/adapters/fs/joinedLogReader.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import type { Snapshot } from "../../src/adapters/fs/snapshots.ts";
import { packTree } from "../../src/core/codec/tree.ts";
import type { PolicyName, Position } from "../../src/core/domain.ts";
import { BrigandError } from "../../src/core/errors.ts";
import { Pipeline, type PipelineBounds } from "../../src/core/pipeline.ts";
import type { PolicySettings } from "../../src/core/settings/policy.ts";
import { loadPipeline, savePipeline } from "../../src/core/snapshot.ts";
import type { Transport } from "../../src/ports/log.ts";
import { OperationLog } from "../writer/operationLog.ts";
import { repeatRounds } from "../writer/replayed.ts";

/** A policy and where its logs are. */
export interface ReplayPlace {
  readonly policy: PolicyName;
  readonly layout: Layout;
  readonly transport: Transport;
  readonly bounds: PipelineBounds;
  /** Settings until the log's first settings record. */
  readonly settings: PolicySettings;
}

export interface Replayed {
  /** Exactly what a snapshot at this place holds. */
  readonly snapshot: Snapshot;
  readonly rounds: number;
  readonly operations: number;
  readonly rawBytes: number;
}

export interface ReplayOptions {
  /** Where to start; without it the beginning. */
  readonly from?: Snapshot;
  /** End of the last round to repeat. */
  readonly until: Position;
  readonly onProgress?: (position: Position) => void;
}

/** @throws CB_REPLAY_DIVERGED, CB_LOG_TRIMMED, CB_LOG_CORRUPT */
export async function replayState(place: ReplayPlace, { from, until, onProgress }: ReplayOptions): Promise<Replayed> {
  const { layout, policy, transport, settings, bounds } = place;
  const directory = layout.joinedOf(policy);
  const lookup = new JoinedLookup(directory);
  const operations = new OperationLog({ append: refuse, readFrame: (position) => lookup.at(position) });
  const pipeline = new Pipeline({ settings, bounds, store: operations });
  if (from !== undefined) loadPipeline(pipeline, from.pipeline);
  const positions = new Map(from?.positions);
  const total = { rounds: 0, operations: 0, rawBytes: 0 };
  const reader = new JoinedReader({ directory, from: from?.position ?? 0 });
  try {
    await repeatRounds({
      pipeline,
      operations,
      transport,
      reader,
      until,
      onRound({ operations: repeated, commit, end }) {
        total.rounds++;
        total.operations += repeated.length;
        for (const range of commit.ranges) {
          positions.set(`${range.policy}/${range.stream}`, range.to);
          total.rawBytes += range.to - range.from;
        }
        onProgress?.(end);
      },
    });
  } finally {
    reader.close();
    lookup.close();
  }
  return { snapshot: { position: until, positions, pipeline: savePipeline(pipeline) }, ...total };
}

/** SHA-256 of the state, hex; equal for equal states. */
export function digestOf({ pipeline }: Snapshot): string {
  return createHash("sha256").update(packTree(pipeline)).digest("hex");
}

function refuse(): never {
  throw new BrigandError("CB_LOG_CLOSED", { place: "the joined log of a replay" });
}
