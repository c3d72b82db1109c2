/** The replicas of this process: one a policy, polled in turn. */
import type { Logger } from "pino";
import { embedProgress } from "../adapters/fs/embedProgress.ts";
import { JoinedReader } from "../adapters/fs/joinedLogReader.ts";
import { isPolicyFolder, type Layout } from "../adapters/fs/layout.ts";
import { namesIn } from "../adapters/fs/segments.ts";
import { newestSnapshot } from "../adapters/fs/snapshots.ts";
import { openTransport } from "../adapters/transport.ts";
import type { Config } from "../config.ts";
import type { PolicyState } from "../core/features/policyState.ts";
import { CATALOGUE } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import { PolicyReplica, type ReplicaSources } from "./replica.ts";

export interface RunningReplica {
  state(policy: string): PolicyState;
  /** Milliseconds since every policy was last followed to the end of its log. */
  readonly lagMs: number;
  /** Milliseconds since the last commit of a writer was seen, of any policy. */
  readonly stillMs: number;
  /** Settlings of the policy followed so far. */
  learns(policy: string): number;
  /** Stops following a policy that is gone, and lets its state go. */
  forget(policy: string): void;
  close(): Promise<void>;
}

const POLL_MS = 40;
/** Longest that a start waits for the states of known policies. */
const START_MS = 3_000;

/** Follows every policy that has a log or a snapshot, and each further one from its first use on. */
export async function startReplica(parts: {
  readonly config: Config;
  readonly layout: Layout;
  readonly log: Logger;
  readonly metrics: Metrics;
}): Promise<RunningReplica> {
  const { config, layout, log } = parts;
  const chosen = openTransport(config, layout);
  const sources = sourcesOf(chosen.transport, layout);
  const replicas = new Map<string, PolicyReplica>();
  const follow = (policy: string): PolicyReplica => {
    let replica = replicas.get(policy);
    if (replica === undefined) {
      replica = new PolicyReplica(policy, sources, config);
      replicas.set(policy, replica);
    }
    return replica;
  };
  joinMetrics(parts.metrics, replicas);
  vectorMetrics(parts.metrics, replicas, layout);
  let caughtUpAt = performance.now();
  let movedAt = caughtUpAt;
  let commits = 0;
  const pollAll = async (): Promise<boolean> => {
    let any = false;
    let behind = false;
    for (const [policy, replica] of replicas) {
      const found = await replica.poll().catch((error) => failed(log, policy, error));
      any ||= found === true;
      behind ||= found !== false;
    }
    if (!behind) caughtUpAt = performance.now();
    const joined = [...replicas.values()].reduce((sum, replica) => sum + replica.commits, 0);
    if (joined !== commits) movedAt = performance.now();
    commits = joined;
    return any;
  };
  // A policy that began from a file of logs has a snapshot and no log of its own yet.
  for (const folder of [layout.wal, layout.snapshots])
    for (const policy of namesIn(folder)) if (isPolicyFolder(policy) && policy !== CATALOGUE) follow(policy);
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline && (await pollAll())) await turn();
  const loop = startLoop(pollAll);
  return {
    state: (policy) => follow(policy).state,
    learns: (policy) => replicas.get(policy)?.learns ?? 0,
    forget(policy) {
      replicas.get(policy)?.close();
      replicas.delete(policy);
    },
    get lagMs() {
      return performance.now() - caughtUpAt;
    },
    get stillMs() {
      return performance.now() - movedAt;
    },
    async close() {
      await loop.stop();
      for (const replica of replicas.values()) replica.close();
      await chosen.close();
    },
  };
}

function sourcesOf(transport: ReplicaSources["transport"], layout: Layout): ReplicaSources {
  return {
    transport,
    joined: (policy, from) => new JoinedReader({ directory: layout.joinedOf(policy), from }),
    async snapshot(policy) {
      const found = await newestSnapshot(layout.snapshotsOf(policy));
      return found && { position: found.position, positions: found.positions, state: found.pipeline.state };
    },
  };
}

function failed(log: Logger, policy: string, error: unknown): undefined {
  log.error({ err: error, policy }, "the policy's log could not be followed");
}

/** Calls `step` again at once while it finds something, else after a pause. */
function startLoop(step: () => Promise<boolean>): { stop(): Promise<void> } {
  let running = true;
  const done = (async () => {
    while (running) await ((await step()) ? turn() : pause(POLL_MS));
  })();
  return {
    async stop() {
      running = false;
      await done;
    },
  };
}

function vectorMetrics(metrics: Metrics, replicas: ReadonlyMap<string, PolicyReplica>, layout: Layout): void {
  const labels = ["policy", "what"];
  metrics.gauge({ name: "brigand_vectors", help: "Item vectors in force: version, items, rows, loss.", labels }, () =>
    [...replicas].flatMap(([policy, { state }]) => {
      const value = state.features.vectors?.value;
      if (value === undefined) return [];
      const { version, items, rows, loss } = value;
      const numbers = { version, items: items.length, rows, loss };
      return Object.entries(numbers).map(([what, value]) => ({ values: [policy, what], value }));
    }),
  );
  metrics.gauge(
    { name: "brigand_vectors_training", help: "Training of item vectors under way: share done, loss.", labels },
    () =>
      [...replicas.keys()].flatMap((policy) => {
        const progress = embedProgress(layout, policy);
        const numbers = Object.entries({ share: progress?.share, loss: progress?.loss });
        return numbers.flatMap(([what, value]) => (value === undefined ? [] : [{ values: [policy, what], value }]));
      }),
  );
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function joinMetrics(metrics: Metrics, replicas: ReadonlyMap<string, PolicyReplica>): void {
  const labels = ["policy", "what"];
  const all = <T>(read: (policy: string, replica: PolicyReplica) => T[]) =>
    [...replicas].flatMap(([name, replica]) => read(name, replica));
  metrics.gauge({ name: "brigand_join", help: "Counters of the join since the log began.", labels }, () =>
    all((policy, { counts }) => Object.entries(counts).map(([what, value]) => ({ values: [policy, what], value }))),
  );
  metrics.gauge({ name: "brigand_features", help: "Entries of the features in memory.", labels }, () =>
    all((policy, { state: { catalogue, features, schema } }) => [
      { values: [policy, "items"], value: features.items.size },
      { values: [policy, "users"], value: features.users.size },
      { values: [policy, "pairs"], value: features.pairs },
      { values: [policy, "catalogue"], value: catalogue.items.size },
      { values: [policy, "columns"], value: schema.columns.length },
    ]),
  );
}
