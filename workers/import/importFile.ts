/** One import from end to end: everything that `brigand import` does but the words. */
import { rmdir } from "node:fs/promises";
import { loadKeys } from "../../src/adapters/crypto/keys.ts";
import { pseudonymiser } from "../../src/adapters/crypto/subject.ts";
import { makeDirectory } from "../../src/adapters/fs/durable.ts";
import type { EventBatch } from "../../src/adapters/fs/eventFile.ts";
import { openFsTransport } from "../../src/adapters/fs/fsTransport.ts";
import { layoutOf } from "../../src/adapters/fs/layout.ts";
import { openPolicyStore } from "../../src/adapters/fs/policyStore.ts";
import type { Config } from "../../src/config.ts";
import type { BrigandError } from "../../src/core/errors.ts";
import type { FileFormat } from "../../src/core/formats/format.ts";
import { metarank } from "../../src/core/formats/metarank.ts";
import { withDefaults } from "../../src/core/settings/policy.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { CATALOGUE } from "../../src/ports/log.ts";
import { readSettings } from "../../src/server/settings.ts";
import { Imported } from "./digests.ts";
import { Importer } from "./importer.ts";
import { startJoining } from "./joined.ts";
import { isInOrder } from "./order.ts";

/** Events held back where the file is in order already. */
const ORDERED_WINDOW = 256;

export interface ImportOptions {
  readonly config: Config;
  readonly policy: string;
  readonly format: FileFormat;
  /** The file's lines, and before them its bytes alone. */
  readonly batches: AsyncIterable<EventBatch>;
  readonly bytes: AsyncIterable<Buffer>;
  readonly clock: Clock;
  readonly onRead: (share: number, events: number) => void;
  readonly onJoined: (share: number) => void;
  readonly refused: (lineNumber: number, error: BrigandError) => void;
}

export interface ImportReport {
  readonly accepted: number;
  readonly repeated: number;
  readonly rejected: number;
  /** Decisions left out: nobody knows a reward of theirs, or the file says not to learn from them. */
  readonly unlearnable: number;
  readonly format: string;
  readonly outOfOrder: number;
  readonly joined: string;
  /** From the first byte read to the last event on disk and in the features. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly memoryBytes: number;
}

export async function importFile(options: ImportOptions): Promise<ImportReport> {
  const { config, policy, clock } = options;
  const layout = layoutOf(config.dataDir, config.workspace);
  const transport = openFsTransport({ layout });
  const policies = openPolicyStore({ folder: layout.policies, check: readSettings, refused: () => {} });
  if (policies.get(policy) === undefined) await policies.put(policy, {});
  const keys = loadKeys(config.dataDir, config);
  const imported = await Imported.open({ layout, transport, policy });
  const stream = `import-${clock.now()}-${process.pid}`;
  const places = [policy, CATALOGUE].map((name) => ({ policy: name, stream }));
  const { dataDir, workspace } = config;
  const settings = withDefaults(policies.get(policy) ?? {});
  const joining = startJoining({ dataDir, workspace, policy, settings, bounds: boundsOf(config), places }, layout);
  await joining.ready;
  const from = clock.elapsed();
  const folders = places.map((place) => layout.streamOf(place.policy, stream));
  // Names on the disk take longer than what is written under them, so they are made beside the first pass.
  const [inOrder] = await Promise.all([
    options.format === metarank && isInOrder(options.bytes),
    ...folders.map(makeDirectory),
  ]);
  const importer = new Importer({
    layout,
    policy,
    stream,
    pseudonym: pseudonymiser({ key: keys.subjectKey, keyVersion: keys.subjectKeyVersion }),
    imported,
    now: clock.now(),
    reader: options.format.reader({ now: clock.now(), futureSkewMaxMs: config.futureSkewMaxMs }),
    reorderMax: inOrder ? ORDERED_WINDOW : config.importReorderMax,
    refused: options.refused,
    handOver: joining.hand,
  });
  for await (const { lines, bytesRead, bytes } of options.batches) {
    await importer.add(lines);
    options.onRead(bytesRead / Math.max(1, bytes), importer.accepted);
  }
  const ends = await importer.end();
  for (const folder of folders) await rmdir(folder).catch(unlessFilled);
  const joined = await joining.until([ends.own, ends.catalogue], options.onJoined);
  const seconds = (clock.elapsed() - from) / 1000;
  await joining.close();
  policies.close();
  await transport.close();
  const { accepted, repeated, rejected, unlearnable, outOfOrder } = importer;
  const eventsPerSecond = Math.round((accepted + repeated) / seconds);
  const memoryBytes = process.resourceUsage().maxRSS * 1024;
  return {
    accepted,
    repeated,
    rejected,
    unlearnable,
    format: options.format.name,
    outOfOrder,
    joined,
    seconds,
    eventsPerSecond,
    memoryBytes,
  };
}

/** A stream that nothing was written to leaves no folder. */
function unlessFilled(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOTEMPTY" && error.code !== "ENOENT") throw error;
}

/** The bounds of a pipeline alone: a configuration does not cross to a thread as it is. */
export function boundsOf(config: Config) {
  const { catalogueItemsMax, featureUsersMax, pairRatesMax, pendingDecisionsMax, columnsMax } = config;
  const { experimentSubjectsMax, waitingRewardsMax, rememberedIdsMax } = config;
  return {
    ...{ catalogueItemsMax, featureUsersMax, pairRatesMax, pendingDecisionsMax, columnsMax, experimentSubjectsMax },
    ...{ waitingRewardsMax, rememberedIdsMax },
  };
}
