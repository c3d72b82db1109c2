/**
 * Every setting and every named bound of Brigand: the one place that knows their names, defaults and limits, and the
 * one place that reads the environment. A flag wins over the environment, the environment over the default.
 *
 * Names: `walBytesMax` here, WAL_BYTES_MAX in the environment, `--set walBytesMax=…` (the everyday ones have flags of
 * their own) on the command line. Units are the last word of a name: bytes, ms; none is a count or a share.
 */
import { type Static, type TSchema, Type } from "typebox";
import { Value } from "typebox/value";
import { BrigandError } from "./core/errors.ts";

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

const text = (value: string, description: string) => Type.String({ default: value, minLength: 1, description });
const bytes = (value: number, description: string) => whole(value, description, "bytes");
const ms = (value: number, description: string) => whole(value, description, "ms");
const count = (value: number, description: string) => whole(value, description, "count");

function whole(value: number, description: string, unit: string) {
  return Type.Integer({ default: value, minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description, unit });
}

function choice<Name extends string>(names: readonly Name[], value: Name, description: string) {
  return Type.Unsafe<Name>(Type.String({ enum: [...names], default: value, description }));
}

const key = (description: string) => Type.Optional(Type.String({ pattern: "^[0-9a-fA-F]{64}$", description }));

export const ConfigSchema = Type.Object({
  // Places
  port: Type.Integer({
    default: 8080,
    minimum: 0,
    maximum: 65_535,
    description: "TCP port of the HTTP server; 0: any free one",
  }),
  processes: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 64,
    description: "Server processes that share the port; one uses one core",
    unit: "count",
  }),
  host: text("127.0.0.1", "Address to listen on; 0.0.0.0 for every interface"),
  dataDir: text("./data", "Folder of the log, the models and the reports"),
  redisUrl: Type.Optional(
    Type.String({
      pattern: "^(rediss?://|unix:)",
      description: "Redis or Valkey to use: redis://, rediss:// or unix:PATH; without it Brigand starts its own",
    }),
  ),
  redisBytesMax: bytes(2 * GiB, "Memory of the Redis that Brigand starts itself; over it writes to it are refused"),
  transport: choice(
    ["fs", "redis"],
    "fs",
    "How log lines travel to the writers: files of this machine, or Redis Streams",
  ),
  logLevel: choice(["fatal", "error", "warn", "info", "debug", "trace", "silent"], "info", "Least severe line to log"),
  workspace: Type.String({
    default: "default",
    pattern: "^[a-z0-9][a-z0-9_-]{0,63}$",
    description: "Name of this installation in its log lines",
  }),
  subjectKey: key("Key of the pseudonyms, 64 hex digits; without it DATA_DIR/secret/subject.key is made"),
  serverKey: key("Key of the draws' seeds, 64 hex digits; without it DATA_DIR/secret/server.key is made"),

  // The write-ahead log
  walBytesMax: bytes(8 * GiB, "Write-ahead segments on this machine; over it 503 until the writer trims"),
  walSegmentBytes: bytes(64 * MiB, "Size at which a segment file is closed and the next begun"),
  walRetentionMs: ms(7 * DAY, "Age to which segments that are safely downstream are kept"),
  openStreamsMax: count(512, "Write-ahead streams open at once in one server process"),
  logBytesPerSecondMax: bytes(5_000_000, "Rate above which the share of full decision lines is lowered, per second"),
  fullLogShare: Type.Number({
    default: 1,
    minimum: 0,
    maximum: 1,
    description: "Share of decision lines with the whole candidate matrix",
    unit: "share",
  }),
  streamBytesMax: bytes(1 * GiB, "Redis Streams of a policy (TRANSPORT=redis); over it the forwarder waits"),

  // Requests
  bodyBytesMax: bytes(1 * MiB, "Body of a request"),
  feedbackBytesMax: bytes(64 * MiB, "Body of a feedback request, which is read line by line"),
  feedbackLineBytesMax: bytes(1 * MiB, "One line of feedback"),
  rejectionsListedMax: count(100, "Rejected lines listed in an answer"),
  itemsPerRequestMax: count(1000, "Candidates of one request"),
  inferenceBytesMax: bytes(8 * MiB, "Body of a raw inference (/v2), which blocks the process while the model runs"),
  personalizerActionsMax: count(500, "Actions of one request through Personalizer's door, up to 1,000"),
  requestsMax: count(2000, "Requests in progress in one server process; over it 503"),
  queueMsMax: ms(50, "Longest that a request should wait behind others in a busy server process; over it 503"),
  drainMs: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 5 * MINUTE,
    description: "How long a server that is told to stop goes on answering while it says that it is not ready",
    unit: "ms",
  }),
  keysMax: count(1000, "API keys, valid or not"),
  keyRequestsPerSecondMax: count(20_000, "Requests a second of an API key in one server process; over it 429"),
  corsOrigins: Type.Optional(
    Type.String({
      pattern: "^https?://[^/, ]+(,https?://[^/, ]+)*$",
      description: "Origins, by comma, whose pages may rank and send rewards from the browser; without it none",
    }),
  ),
  futureSkewMaxMs: ms(5 * MINUTE, "How far ahead of this machine's clock an event may be"),
  decisionTtlMs: ms(DAY, "How long a decisionId of the caller's is found again"),
  decisionIndexMax: count(500_000, "Decisions that the index of ids remembers"),
  shownMax: count(50_000, "Decisions whose shown items are remembered for rewards"),

  // Listings of the log
  logReadersMax: count(8, "Listings of the log under way in one server process; over it 503"),
  logExportBytesMax: bytes(1 * GiB, "A listing as Parquet, which is written to a temporary file first"),
  evaluationsMax: count(100, "Offline evaluations kept a policy"),
  evaluationDecisionsMax: count(1_000_000, "Decisions that one offline evaluation reads"),

  // Policies and their state
  policiesMax: count(1000, "Policies of the workspace"),
  columnsMax: count(160, "Columns of a policy's feature schema"),
  featureUsersMax: count(100_000, "Users whose features a policy remembers"),
  catalogueItemsMax: count(500_000, "Items whose features are remembered"),
  pairRatesMax: count(1_000_000, "Pairs of value and item whose rates a policy remembers"),
  experimentSubjectsMax: count(50_000, "Subjects of a policy's variants kept one by one; over it a sample"),
  pendingDecisionsMax: count(300_000, "Decisions of a policy that wait for rewards"),
  waitingRewardsMax: count(300_000, "Rewards of a policy that wait for decisions"),
  rememberedIdsMax: count(2_000_000, "Reward ids, and ids of closed decisions, that a policy remembers"),
  importReorderMax: count(200_000, "Events that an import holds to put them in order"),

  // Learning
  retrainIntervalMs: ms(1 * SECOND, "Least time between two trainings of a policy"),
  modelVersionsKept: count(10, "Versions of a policy's model kept on disk"),
  modelPushBytesMax: bytes(72 * MiB, "Body of a pushed model"),
  modelCallMsMax: ms(20, "Longest call of a pushed model with 100 candidates"),
  modelCheckMs: ms(10 * SECOND, "Longest check of a pushed model, in a process of its own"),
  modelMemoryBytesMax: bytes(1 * GiB, "Memory of that process"),
  gate: choice(["on", "off"], "on", "Whether the log judges a version before a label lets it serve"),
  gateLossMax: Type.Number({
    default: 0.05,
    minimum: 0,
    maximum: 1,
    description: "Loss that the log must exclude before a version becomes stable, of the value of what serves",
    unit: "share",
  }),
  gateLogBytesMax: bytes(256 * MiB, "Newest part of a policy's log that judges a version"),
  gateMs: ms(60 * SECOND, "Longest that a version is judged, in a process of its own"),
  modelChecksMax: count(1, "Pushed models checked at once in one server process; over it 503"),

  // Item vectors
  embedBackend: choice(
    ["auto", "wasm", "native"],
    "auto",
    "What learns item vectors: native TensorFlow where it is assembled, or WebAssembly",
  ),
  embedRowsMax: count(500_000, "Newest shown rows of a policy that its item vectors are learned from"),
  embedItemsMax: count(20_000, "Items with vectors of their own; others have what their content says"),
  embedIntervalMs: ms(1 * MINUTE, "Least time between two trainings of a policy's item vectors"),

  // The page
  demo: choice(["on", "off"], "on", "Whether a first start on an empty DATA_DIR runs a simulated policy"),
  insightPoliciesMax: count(20, "Policies whose numbers the page keeps in memory"),
  insightLogBytesMax: bytes(256 * MiB, "Newest part of a policy's joined log that the page's first look reads"),

  // Interactions as Parquet
  compactIntervalMs: ms(1 * MINUTE, "Longest that closed decisions wait before they are written as Parquet"),
  compactRowsMax: count(50_000, "Closed rows of a policy that do not wait that long"),
});

export type Config = Readonly<Static<typeof ConfigSchema>>;

/** Values by setting name as a command line gives them: text, or numbers already read. */
export type Flags = { readonly [name: string]: unknown };
export type Environment = { readonly [name: string]: string | undefined };

/** A setting as help texts and documentation show it. */
export interface SettingRow {
  readonly name: string;
  readonly variable: string;
  readonly default?: string | number;
  readonly unit?: string;
  readonly description: string;
}

/** What a setting's schema may say besides being one. */
interface Facets {
  readonly type?: string;
  readonly default?: string | number;
  readonly unit?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const schemas = Object.entries<TSchema & Facets>(ConfigSchema.properties);

/** Every setting, in the order of the schema. */
export const settingRows: readonly SettingRow[] = schemas.map(([name, schema]) => ({
  name,
  variable: variableOf(name),
  default: schema.default,
  unit: schema.unit,
  description: schema.description ?? "",
}));

/** WAL_BYTES_MAX for walBytesMax. */
export function variableOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** The environment of this process; only composition roots call this. */
export function environment(): Environment {
  return process.env;
}

/**
 * The configuration from environment and flags; pure. An empty value counts as absent.
 * @throws CB_CONFIG_INVALID naming the setting, what it takes and what came
 */
export function loadConfig(env: Environment, flags: Flags = {}): Config {
  for (const name of Object.keys(flags)) if (!Object.hasOwn(ConfigSchema.properties, name)) throw unknownSetting(name);
  const config: { [name: string]: unknown } = {};
  for (const [name, schema] of schemas) {
    const given = present(flags[name]) ?? present(env[variableOf(name)]);
    const value = given === undefined ? schema.default : read(schema, given);
    if (value === undefined) continue;
    if (!Value.Check(schema, value)) throw invalid(name, schema, given);
    config[name] = value;
  }
  return config as Config;
}

/** The environment that makes a child process load this very configuration. */
export function environmentOf(config: Config): { [variable: string]: string } {
  const entries = Object.entries(config).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [variableOf(name), String(value)]));
}

function present(value: unknown): unknown {
  return value === "" ? undefined : value;
}

/** Numbers arrive as text; what is no number stays text and fails the check. 1_000 reads as 1000. */
function read(schema: Facets, given: unknown): unknown {
  if (typeof given !== "string" || schema.type === "string") return given;
  const number = Number(given.trim().replace(/(?<=\d)_(?=\d)/g, ""));
  return Number.isFinite(number) && given.trim() !== "" ? number : given;
}

function invalid(name: string, schema: Facets, given: unknown): BrigandError {
  const hint = `Set ${variableOf(name)} or --set ${name}=…; "brigand settings" lists all with their defaults.`;
  // A key, and the password in an address, is a secret even when it is wrong.
  const came = /(Key|Url)$/.test(name) ? "something else" : JSON.stringify(given);
  return new BrigandError("CB_CONFIG_INVALID", { path: name, expected: expectation(schema), came }, hint);
}

function unknownSetting(name: string): BrigandError {
  const known = settingRows.map((row) => row.name).join(", ");
  return new BrigandError("CB_CONFIG_INVALID", {
    path: name.slice(0, 64),
    expected: "a known setting",
    came: "an unknown one",
    known,
  });
}

function expectation(schema: Facets): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  if (schema.pattern !== undefined) return `text like ${schema.pattern}`;
  if (schema.type === "string") return "text";
  const kind = schema.type === "integer" ? "a whole number" : "a number";
  return `${kind} from ${schema.minimum} to ${schema.maximum}`;
}
