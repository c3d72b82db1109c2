/** The application's ports in memory, and the application listening on a free port. Fakes only for ports. */
import { createSecretKey } from "node:crypto";
import { join } from "node:path";
import { pino } from "pino";
import { hashApiKey, makeApiKey } from "../../../src/adapters/crypto/apiKey.ts";
import { systemNoise } from "../../../src/adapters/crypto/noise.ts";
import { nonce, seedOf } from "../../../src/adapters/crypto/seed.ts";
import { pseudonymiser } from "../../../src/adapters/crypto/subject.ts";
import { readBundle } from "../../../src/adapters/fs/modelStore.ts";
import { prometheus } from "../../../src/adapters/metrics/prometheus.ts";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import { type AuditLine, actsOf } from "../../../src/core/access/audit.ts";
import type { KeyRecord } from "../../../src/core/access/keyRecord.ts";
import type { Evaluation } from "../../../src/core/doors/personalizer/evaluation.ts";
import { BrigandError } from "../../../src/core/errors.ts";
import { Catalogue } from "../../../src/core/features/catalogue.ts";
import { Schema } from "../../../src/core/features/schema.ts";
import { FeatureState } from "../../../src/core/features/state.ts";
import { decodeRecord, peekDecisionId } from "../../../src/core/log/codec.ts";
import type { Frame } from "../../../src/core/log/frame.ts";
import { type LogRecord, RecordKind } from "../../../src/core/log/records.ts";
import { matches } from "../../../src/core/logs/query.ts";
import { changed, noLabels, rolledBack } from "../../../src/core/model/labels.ts";
import type { PolicySettings } from "../../../src/core/settings/policy.ts";
import { Experiment } from "../../../src/core/variants/experiment.ts";
import type { AuditLog, KeyStore } from "../../../src/ports/access.ts";
import type { DecisionPlace } from "../../../src/ports/decisions.ts";
import type { AppendStream } from "../../../src/ports/log.ts";
import type { ScoreResult } from "../../../src/ports/scorer.ts";
import { buildApp } from "../../../src/server/app.ts";
import { type AppPorts, defaultServerBounds, type ServerBounds } from "../../../src/server/ports.ts";
import { projectRoot } from "../../support/shared.ts";

export const SUBJECT_KEY = createSecretKey(Buffer.alloc(32, 7));
const SERVER_KEY = createSecretKey(Buffer.alloc(32, 9));

/** What a fake can be made to do wrong. */
export interface Faults {
  /** Resolves or rejects in place of the model. */
  score?: (n: number) => Promise<ScoreResult>;
  /** In place of "written with the next turn of the event loop". */
  durable?: () => Promise<void>;
  walBytes?: number;
}

export class MemoryLog {
  readonly streams = new Map<string, Frame[]>();
  readonly faults: Faults;

  constructor(faults: Faults) {
    this.faults = faults;
  }

  open({ policy, stream }: { policy: string; stream: string }): AppendStream {
    const frames: Frame[] = [];
    this.streams.set(`${policy}/${stream}`, frames);
    let end = 0;
    const { faults } = this;
    return {
      get end() {
        return end;
      },
      append({ kind, time, payload }) {
        const position = end;
        const bytes = Uint8Array.from(Buffer.concat(payload));
        end += 17 + bytes.byteLength;
        frames.push({ position, next: end, kind, time, payload: bytes });
        const durable = faults.durable?.() ?? new Promise<void>((resolve) => setImmediate(resolve));
        durable.catch(() => {});
        return { position, durable };
      },
      close: async () => {},
    };
  }

  async at(place: DecisionPlace): Promise<Frame | undefined> {
    return this.streams.get(`${place.policy}/${place.stream}`)?.find(({ position }) => position === place.position);
  }

  async after({ policy, stream, position }: DecisionPlace, id: string): Promise<Frame | undefined> {
    const frames = this.streams.get(`${policy}/${stream}`) ?? [];
    return frames.find((frame) => frame.position >= position && peekDecisionId(frame) === id);
  }

  /** Every record of a policy, in the order of the log. */
  records(policy: string): LogRecord[] {
    const found = [...this.streams].filter(([name]) => name.startsWith(`${policy}/`));
    return found.flatMap(([, frames]) => frames.map(decodeRecord));
  }
}

function memoryPolicies() {
  const policies = new Map<string, Partial<PolicySettings>>();
  return {
    version: 0,
    list: () => [...policies.keys()].sort(),
    get: (name: string) => policies.get(name),
    async put(name: string, given: Partial<PolicySettings>) {
      policies.set(name, given);
      this.version++;
    },
    close() {},
  };
}

function memoryIndex() {
  const places = new Map<string, DecisionPlace>();
  return {
    ready: Promise.resolve(),
    complete: true,
    get: (id: string) => places.get(id),
    put: (id: string, place: DecisionPlace) => void (places.has(id) || places.set(id, place)),
    forget: (id: string, { position }: DecisionPlace) =>
      void (places.get(id)?.position === position && places.delete(id)),
    get size() {
      return places.size;
    },
  };
}

/** Nothing is ever pushed here; labels are kept. */
function fakeAdmin(models: AppPorts["models"]): AppPorts["modelAdmin"] {
  let labels = noLabels;
  const relabel = (make: () => typeof labels) => {
    labels = make();
    return Promise.resolve(labels);
  };
  const by = { at: 0, reason: "test", serving: 3 };
  return {
    labels: () => labels,
    history: async () => [labels],
    label: async (line, change) => {
      if (typeof change.stable === "number") await models.pin(line, change.stable);
      return relabel(() => changed(labels, change, by));
    },
    rollback: (line) => relabel(() => rolledBack(labels, { ...by, line, before: 2 })),
    poll: async () => {},
    check: () => Promise.reject(new BrigandError("CB_MODEL_CHECK_FAILED", { problem: "none here" })),
    pushBytesMax: 1_000_000,
    versionsKept: 10,
    trust: () => {},
    sha256: () => "0".repeat(64),
    versions: async () => [],
    bundle: () => Promise.reject(new BrigandError("CB_MODEL_VERSION_UNKNOWN", { came: 1, known: "none" })),
    publish: () => Promise.reject(new BrigandError("CB_MODEL_PUBLISH_FAILED", { problem: "none here" })),
    prune: async () => [],
  };
}

/** Scores by the first column, or what `faults.score` says. */
function fakeModels(faults: Faults): AppPorts["models"] {
  let pinned: number | undefined;
  const scorer = {
    columns: [],
    get version() {
      return pinned ?? 3;
    },
    async score({ n, columns, dense }: { n: number; columns: number; dense: Float32Array }) {
      if (faults.score !== undefined) return faults.score(n);
      const mean = Float32Array.from({ length: n }, (_, i) => 0.1 * dense[i * columns]);
      return { mean, variance: new Float32Array(n).fill(0.04) };
    },
    release: async () => {},
  };
  return {
    current: (_line, version) => (version !== undefined && version <= 3 ? { ...scorer, version } : scorer),
    async keep(_line, versions) {
      const came = versions.find((version) => version > 3);
      if (came !== undefined) throw new BrigandError("CB_MODEL_VERSION_UNKNOWN", { came, known: "0, 1, 2, 3" });
    },
    status: () => ({ serving: scorer.version, pinned, versions: [{ version: 3, state: "READY", reason: "" }] }),
    async pin(_policy, version) {
      pinned = version;
    },
    async unpin() {
      pinned = undefined;
    },
    lookNow: async () => {},
  };
}

function memoryEvaluations(): AppPorts["evaluations"] {
  const kept = new Map<string, Map<string, Evaluation>>();
  const of = (policy: string) => kept.get(policy) ?? new Map<string, Evaluation>();
  return {
    list: async (policy) => [...of(policy).values()],
    get: async (policy, id) => of(policy).get(id),
    put: async (policy, evaluation) => void kept.set(policy, new Map(of(policy)).set(evaluation.id, evaluation)),
    delete: async (policy, id) => void of(policy).delete(id),
  };
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Open while no key exists. */
export function memoryAccess(): AppPorts["access"] {
  const records = new Map<string, KeyRecord>();
  const lines: AuditLine[] = [];
  const keys: Writable<KeyStore> = {
    get count() {
      return records.size;
    },
    version: 0,
    list: () => [...records.values()],
    get: (id) => records.get(id),
    find: (hash) => [...records.values()].find((record) => record.hash === hash),
    async put(record) {
      records.set(record.id, record);
      keys.version++;
    },
    close() {},
  };
  const audit: AuditLog = {
    append: async (line) => void lines.push(line),
    acts: async (limit) => actsOf(lines, limit),
  };
  return { keys, audit, make: makeApiKey, hash: hashApiKey, openWithoutKeys: true };
}

async function* oneChunk(bytes: Uint8Array) {
  yield bytes;
}

/** The lines as they were appended, all of them open. */
function memoryLogs(wal: MemoryLog): AppPorts["logs"] {
  return {
    rewards: async () => ({ final: { state: "open" }, received: [], complete: true }),
    async *entries(query) {
      let left = query.limit ?? Number.POSITIVE_INFINITY;
      for (const record of query.policies.flatMap((policy) => wal.records(policy))) {
        if (record.kind !== RecordKind.decision || !matches(query, record)) continue;
        if (left-- <= 0) return;
        yield { record, rewards: { state: "open" }, cursor: "none" };
      }
    },
  };
}

export function memoryPorts(options: { faults?: Faults; bounds?: Partial<ServerBounds> } = {}) {
  const faults = options.faults ?? {};
  const wal = new MemoryLog(faults);
  const catalogue = new Catalogue();
  const experiment = new Experiment();
  const state = { catalogue, features: new FeatureState(catalogue), schema: new Schema(), experiment };
  const pseudonym = pseudonymiser({ key: SUBJECT_KEY, keyVersion: 1 });
  const bounds = { ...defaultServerBounds, ...options.bounds };
  const models = fakeModels(faults);
  const ports: AppPorts = {
    clock: systemClock,
    access: memoryAccess(),
    bounds,
    policies: memoryPolicies(),
    index: memoryIndex(),
    claims: { claim: () => [], find: () => [], release() {}, isGone: () => false },
    frames: wal,
    logs: memoryLogs(wal),
    parquet: async (entries) => {
      const ids: string[] = [];
      for await (const { record } of entries) ids.push(record.id);
      const bytes = Buffer.from(`PAR1${ids.join(" ")}PAR1`);
      return { bytes: bytes.length, chunks: oneChunk(bytes), close: async () => {} };
    },
    wal: { streamName: "s1-test", open: (place) => wal.open(place), bytes: () => faults.walBytes ?? 0 },
    evaluations: memoryEvaluations(),
    replica: { state: () => state },
    modelAdmin: fakeAdmin(models),
    models,
    bundle: () => readBundle(join(projectRoot, "models", "seed", "0")),
    random: {
      nonce,
      seed: (input) => seedOf({ key: SERVER_KEY, ...input }),
      noise: systemNoise,
      hash: (bytes) => Buffer.from(bytes).toString("base64url").slice(0, 4000),
    },
    pseudonym,
    metrics: prometheus({ processStats: false }),
    log: pino({ level: "silent" }),
    workspace: "default",
    unready: () => undefined,
  };
  return { ports, wal, state, faults };
}

/** The application over real HTTP. */
export async function listen(ports: AppPorts): Promise<TestServer> {
  const app = await buildApp(ports);
  const url = await app.http.listen({ port: 0, host: "127.0.0.1" });
  return new TestServer(url, () => app.close());
}

/** What fetch wants for bodies that are streams. */
const DUPLEX = { duplex: "half" } as const;

export class TestServer {
  readonly url: string;
  readonly close: () => Promise<void>;

  constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.close = close;
  }

  async send(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer> | ReadableStream,
    type = "application/json",
  ) {
    const headers = body === undefined ? undefined : { "content-type": type };
    const response = await fetch(this.url + path, { method, body, headers, ...DUPLEX });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: jsonOf(text) };
  }

  post(path: string, body: unknown) {
    return this.send("POST", path, JSON.stringify(body));
  }

  get(path: string) {
    return this.send("GET", path);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
function jsonOf(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** n candidates a0, a1, … */
export function items(n: number): { id: string }[] {
  return Array.from({ length: n }, (_, i) => ({ id: `a${i}` }));
}
