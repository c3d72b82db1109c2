/** Everything that a screen of a policy shows, gathered from the process and from insight; at most once a second. */
import { type Alarm, alarmsOf } from "../../core/insight/alarms.ts";
import type { Range } from "../../core/insight/fold.ts";
import type { Overview } from "../../core/insight/overview.ts";
import type { PolicySettings } from "../../core/settings/policy.ts";
import { type VariantTable, variantTable } from "../../core/variants/table.ts";
import type { RedisNumbers } from "../../ports/insight.ts";
import type { AppContext } from "../context.ts";
import type { ModelState } from "../ports.ts";
import type { Theme } from "./frame.ts";

/** A named bound and what is used of it. */
export interface Budget {
  readonly bound: string;
  readonly what: string;
  readonly unit: "bytes" | "count";
  readonly used: number;
  readonly max: number;
}

export interface ModelView {
  readonly version: number;
  readonly since?: number;
  readonly pinned?: number;
  readonly versions: readonly ModelState[];
}

/** What is gathered; the same for everybody who looks within a second. */
export interface Gathered {
  readonly policy: string;
  readonly range: Range;
  readonly now: number;
  readonly settings: PolicySettings;
  /** Absent where insight did not answer in time. */
  readonly overview?: Overview;
  readonly experiment: VariantTable;
  readonly model: ModelView;
  readonly redis?: RedisNumbers;
  readonly budgets: readonly Budget[];
  readonly alarms: readonly Alarm[];
}

export interface PageView extends Gathered {
  readonly theme: Theme;
  readonly policies: readonly string[];
  /** Whether this server can remove the demo. */
  readonly removable: boolean;
  /** Whether the policy is being removed. */
  readonly removing: boolean;
}

/** Which view. */
export interface Asked {
  readonly policy: string;
  readonly range: Range;
}

const CACHED_MS = 1000;
const KEPT_MAX = 100;

export class Views {
  private readonly context: AppContext;
  private readonly kept = new Map<string, { readonly at: number; readonly view: Promise<Gathered> }>();

  constructor(context: AppContext) {
    this.context = context;
  }

  /** Those who ask within a second share one answer. @throws CB_POLICY_UNKNOWN */
  of(asked: Asked): Promise<Gathered> {
    const key = `${asked.policy} ${asked.range}`;
    const now = this.context.ports.clock.elapsed();
    const known = this.kept.get(key);
    if (known !== undefined && now - known.at < CACHED_MS) return known.view;
    if (this.kept.size >= KEPT_MAX) this.kept.clear();
    const view = gather(this.context, asked);
    this.kept.set(key, { at: now, view });
    return view;
  }
}

async function gather(context: AppContext, { policy, range }: Asked): Promise<Gathered> {
  const { ports, policies } = context;
  const { settings } = policies.get(policy);
  const [overview, redis] = await Promise.all([ports.insight?.overview({ policy, range }), ports.insight?.redis()]);
  const now = ports.clock.now();
  const { serving: version, pinned, versions } = ports.models.status(policy);
  const since = version === 0 ? undefined : versions.find((known) => known.version === version)?.since;
  const model = { version, since, pinned, versions };
  const oldest = redis?.queues.flatMap(({ oldestMs }) => oldestMs ?? []) ?? [];
  const oldestJobMs = redis === undefined ? null : oldest.length === 0 ? undefined : Math.max(...oldest);
  const facts = { now, mode: settings.mode, modelVersion: version, modelSince: since, oldestJobMs };
  const alarms = overview === undefined ? [] : alarmsOf(overview, facts);
  const budgets = budgetsOf(context, { policy, overview, redis });
  const experiment = variantTable(ports.replica.state(policy).experiment);
  return { policy, range, now, settings, overview, experiment, model, redis, budgets, alarms };
}

function budgetsOf(
  { ports, streams, lookup, policies }: AppContext,
  seen: { readonly policy: string; readonly overview?: Overview; readonly redis?: RedisNumbers },
): Budget[] {
  const { bounds, wal, index, replica } = ports;
  const { catalogue, features, schema } = replica.state(seen.policy);
  const { decisions = 0, closed = 0 } = seen.overview?.counts ?? {};
  const rows: [string, string, Budget["unit"], number | undefined, number | undefined][] = [
    ["walBytesMax", "Write-ahead segments", "bytes", wal.bytes(), bounds.walBytesMax],
    ["redisBytesMax", "Redis’ memory", "bytes", seen.redis?.memoryBytes, bounds.redisBytesMax],
    ["pendingDecisionsMax", "Decisions that wait for rewards", "count", decisions - closed, bounds.pendingDecisionsMax],
    ["shownMax", "Shown items remembered for rewards", "count", lookup.size, bounds.shownMax],
    ["decisionIndexMax", "Callers’ decision ids", "count", index.size, bounds.decisionIndexMax],
    ["catalogueItemsMax", "Items with features", "count", catalogue.items.size, bounds.catalogueItemsMax],
    ["featureUsersMax", "Users with features", "count", features.users.size, bounds.featureUsersMax],
    ["pairRatesMax", "Pairs of value and item", "count", features.pairs, bounds.pairRatesMax],
    ["columnsMax", "Columns of the schema", "count", schema.columns.length, bounds.columnsMax],
    ["openStreamsMax", "Streams open for writing", "count", streams.size, bounds.openStreamsMax],
    ["policiesMax", "Policies", "count", policies.list().length, bounds.policiesMax],
  ];
  return rows.flatMap(([bound, what, unit, used, max]) =>
    used === undefined || max === undefined ? [] : [{ bound, what, unit, used, max }],
  );
}
