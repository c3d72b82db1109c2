/** Everything impure that the application is given. The composition root (`main.ts`) chooses; tests give fakes. */
import type { FastifyBaseLogger } from "fastify";
import type { Subject } from "../core/domain.ts";
import type { PolicyState } from "../core/features/policyState.ts";
import type { ModelBundle } from "../core/model/bundle.ts";
import type { Canary } from "../core/model/labels.ts";
import type { NoiseWords } from "../core/privacy/words.ts";
import type { AccessPorts } from "../ports/access.ts";
import type { Clock } from "../ports/clock.ts";
import type { DecisionClaims, DecisionIndex, FrameReader } from "../ports/decisions.ts";
import type { EvaluationStore } from "../ports/evaluations.ts";
import type { JudgeVersion } from "../ports/gate.ts";
import type { Insight } from "../ports/insight.ts";
import type { AppendStream } from "../ports/log.ts";
import type { DecisionLog, WriteParquet } from "../ports/logs.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { ModelAdmin } from "../ports/models.ts";
import type { PolicyStore } from "../ports/policies.ts";
import type { Scorer } from "../ports/scorer.ts";
import type { Stages } from "./stages.ts";

/** Bounds and constants of the server, by the names of the configuration. */
export interface ServerBounds {
  readonly bodyBytesMax: number;
  readonly feedbackBytesMax: number;
  readonly feedbackLineBytesMax: number;
  readonly rejectionsListedMax: number;
  /** Candidates of one request, at most the 1,000 of the protocol. */
  readonly itemsPerRequestMax: number;
  /** Actions of one request through Personalizer's door. */
  readonly personalizerActionsMax: number;
  readonly policiesMax: number;
  /** Write-ahead streams open at once; over it the one used longest ago ends. */
  readonly openStreamsMax: number;
  readonly requestsMax: number;
  /** Longest wait behind others in a busy process. */
  readonly queueMsMax: number;
  readonly futureSkewMaxMs: number;
  readonly walBytesMax: number;
  readonly fullLogShare: number;
  readonly logBytesPerSecondMax: number;
  /** Decisions whose shown items are remembered for rewards. */
  readonly shownMax: number;
  /** Listings of the log under way at once. */
  readonly logReadersMax: number;
  /** Offline evaluations kept a policy. */
  readonly evaluationsMax: number;
  /** Body of a raw inference. */
  readonly inferenceBytesMax: number;
  /** Decisions that one offline evaluation reads. */
  readonly evaluationDecisionsMax: number;
  /** Least time between two trainings of a policy. */
  readonly retrainIntervalMs: number;
  /** API keys, valid or not. */
  readonly keysMax: number;
  /** Requests a second of a key whose record names no rate. */
  readonly keyRequestsPerSecondMax: number;
  /** Origins, by comma, whose pages may rank and send rewards. */
  readonly corsOrigins?: string;
  /** Bounds of other places of the process, for the page alone. */
  readonly redisBytesMax?: number;
  readonly pendingDecisionsMax?: number;
  readonly decisionIndexMax?: number;
  readonly catalogueItemsMax?: number;
  readonly featureUsersMax?: number;
  readonly pairRatesMax?: number;
  readonly columnsMax?: number;
}

export const defaultServerBounds: ServerBounds = {
  bodyBytesMax: 2 * 1024 * 1024,
  feedbackBytesMax: 64 * 1024 * 1024,
  feedbackLineBytesMax: 1024 * 1024,
  rejectionsListedMax: 100,
  itemsPerRequestMax: 1000,
  personalizerActionsMax: 500,
  policiesMax: 1000,
  openStreamsMax: 512,
  requestsMax: 2000,
  queueMsMax: 50,
  futureSkewMaxMs: 300_000,
  walBytesMax: 4 * 1024 * 1024 * 1024,
  fullLogShare: 1,
  logBytesPerSecondMax: 5 * 1024 * 1024,
  shownMax: 50_000,
  logReadersMax: 8,
  evaluationsMax: 100,
  inferenceBytesMax: 8 * 1024 * 1024,
  evaluationDecisionsMax: 1_000_000,
  retrainIntervalMs: 1000,
  keysMax: 1000,
  keyRequestsPerSecondMax: 20_000,
};

/** State of a version of a policy's model, as GET /v1/models tells it. */
export interface ModelState {
  readonly version: number;
  readonly state: string;
  readonly reason: string;
  /** When it came into this state. */
  readonly since?: number;
}

/** A line of versions is called like its policy, or `<policy>.<variant>` for a variant that learns on its own. */
export interface Models {
  /**
   * The scorer that serves the line now, held for the caller, who releases it; where a version is named, that one, or
   * the serving one while that one is not loaded. Cost: a lookup.
   */
  current(line: string, version?: number): Scorer;
  /**
   * Keeps exactly these versions of the line loaded, beside what serves and waits.
   * @throws CB_MODEL_VERSION_UNKNOWN when one cannot be loaded; then nothing changes.
   */
  keep(line: string, versions: readonly number[]): Promise<void>;
  /** Serving version and the known ones. */
  status(policy: string): {
    readonly serving: number;
    readonly pinned?: number;
    readonly versions: readonly ModelState[];
  };
  /** Serves this version until `unpin`. @throws CB_MODEL_VERSION_UNKNOWN */
  pin(policy: string, version: number): Promise<void>;
  unpin(policy: string): Promise<void>;
  /** The version that a share of the subjects gets, where it is loaded here. Cost: a lookup. */
  canary?(line: string): Canary | undefined;
  /** Looks for new versions of the line now; what cannot be loaded stands in its state. */
  lookNow(line: string): Promise<void>;
  /** The version that scores beside the answers, held for the caller, where it is loaded here. Cost: a lookup. */
  shadow?(line: string): Scorer | undefined;
}

export interface Randomness {
  nonce(): string;
  seed(input: { readonly policy: string; readonly decisionId: string; readonly nonce: string }): string;
  /** Words of privacy noise for so many slots: the operating system's randomness, never a seed's. */
  noise(slots: number): NoiseWords;
  /** SHA-256 of the bytes, base64url. */
  hash(bytes: Uint8Array): string;
}

/** The write-ahead log as this process appends to it. */
export interface WalPort {
  /** This process' stream names start with it. */
  readonly streamName: string;
  /** A new stream of the policy, of the given name. Cost: creates a file. */
  open(place: { readonly policy: string; readonly stream: string }): AppendStream;
  /** Bytes of all write-ahead segments on this machine, as last measured. */
  bytes(): number;
  /** Policies whose decisions wait for a heartbeat, because the process before was killed. */
  readonly unfinished?: readonly string[];
}

export interface AppPorts {
  readonly clock: Clock;
  readonly access: AccessPorts;
  readonly bounds: ServerBounds;
  readonly policies: PolicyStore;
  readonly index: DecisionIndex;
  readonly claims: DecisionClaims;
  /** Share of the time since its last call in which the event loop worked; without it nobody is taken to queue. */
  readonly load?: () => number;
  readonly frames: FrameReader;
  readonly wal: WalPort;
  readonly logs: DecisionLog;
  readonly parquet: WriteParquet;
  readonly evaluations: EvaluationStore;
  readonly replica: {
    state(policy: string): PolicyState;
    readonly lagMs?: number;
    /** Milliseconds since the last commit of a writer was seen. */
    readonly stillMs?: number;
    /** Settlings of the policy followed so far. */
    learns?(policy: string): number;
  };
  readonly models: Models;
  /** Files of a version, 0 being the seed model. @throws CB_MODEL_… */
  readonly bundle: (line: string, version: number) => Promise<ModelBundle>;
  /** Push, labels, rollback. */
  readonly modelAdmin: ModelAdmin;
  /** Judges a version before a label lets it serve; absent: nobody does. */
  readonly judge?: JudgeVersion;
  readonly random: Randomness;
  readonly pseudonym: (kind: "user" | "session", id: string) => Subject;
  readonly metrics: Metrics;
  readonly log: FastifyBaseLogger;
  readonly workspace: string;
  /** Asks for the removal of the demo; it is done beside the requests. */
  readonly demo?: { remove(): Promise<void> };
  /** Numbers and charts of the page; without it the page has none. */
  readonly insight?: Insight;
  /** Microseconds by stage, when somebody measures. */
  readonly stages?: Stages;
  /** What readiness waits for: undefined when ready, else the reason. */
  readonly unready: () => string | undefined;
}
