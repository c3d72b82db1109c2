/** manifest.json and golden.json of a model bundle: one TypeBox schema each is validation, documentation and type. */
import Type, { type Static, type TSchema } from "typebox";
import Value from "typebox/value";
import { BrigandError } from "../errors.ts";
import { LINE_NAME } from "../settings/policy.ts";

export const MODEL_FILE = "model.onnx";
export const MANIFEST_FILE = "manifest.json";
export const GOLDEN_FILE = "golden.json";
export const STATE_FILE = "state.bin";

const FileName = Type.String({ pattern: "^[a-z0-9][a-z0-9._-]{0,63}$" });
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const Position = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Tensor = Type.Object({
  name: Type.String(),
  type: Type.String(),
  shape: Type.Array(Type.Union([Type.Integer(), Type.String()])),
});
/** Most items with coefficients of their own. */
export const OWN_ITEMS_MAX = 4096;
const FreeJson = Type.Record(Type.String(), Type.Unknown());

export const Manifest = Type.Object({
  format: Type.Literal(1, { description: "Version of this format." }),
  policy: Type.String({
    pattern: LINE_NAME,
    description: "The policy, or `<policy>.<variant>` of one that learns on its own.",
  }),
  version: Type.Integer({ minimum: 0, description: "Name of the folder; 0 is the seed model." }),
  parent: Type.Optional(
    Type.Integer({ minimum: 0, description: "Version that was the newest when this one was made." }),
  ),
  workspace: Type.String(),
  created: Type.String({
    pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$",
    description: "ISO 8601, UTC.",
  }),
  creator: Type.String({ description: "What made the model." }),
  pushed: Type.Optional(
    Type.Boolean({ description: "It came from outside: it serves where a label says so, never for being the newest." }),
  ),
  learnedThrough: Type.Optional(
    Type.String({
      pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$",
      description: "It learned from no decision after this time: later ones may judge it.",
    }),
  ),
  files: Type.Record(FileName, Sha256, {
    additionalProperties: false,
    maxProperties: 16,
    description: "SHA-256 of every other file of the folder, hex.",
  }),
  columns: Type.Array(Type.String(), {
    maxItems: 4096,
    description: "Encoder columns read, in order: the first of the policy's schema.",
  }),
  schemaHash: Type.String({ description: "SHA-256 of the columns as JSON, hex." }),
  opset: Type.Integer({ minimum: 1 }),
  logPosition: Position,
  cataloguePosition: Position,
  rows: Type.Integer({ minimum: 0, description: "Shown rows learned." }),
  own: Type.Optional(
    Type.Object(
      {
        items: Type.Array(Type.String(), { maxItems: OWN_ITEMS_MAX }),
        open: Type.Boolean({ description: "Whether any other item is met with the prior of such coefficients." }),
      },
      { description: "Items with coefficients of their own, in the order of the input `own`." },
    ),
  ),
  signature: Type.Optional(
    Type.Object(
      { key: Type.String({ maxLength: 64 }), value: Type.String({ maxLength: 256 }) },
      { description: "Of a pushed model: the trusted key's name, and its Ed25519 signature in base64." },
    ),
  ),
  crosses: Type.Optional(
    Type.Union([Type.Literal("squared"), Type.Literal("logistic")], {
      description: "Loss of the crosses of strings, which the model reads from the columns of hashes.",
    }),
  ),
  learner: FreeJson,
  metrics: FreeJson,
  inputs: Type.Array(Tensor),
  outputs: Type.Array(Tensor),
});
export type Manifest = Static<typeof Manifest>;

const Numbers = Type.Array(Type.Number(), { maxItems: 1_000_000 });

/** A few rows and what the model made of them when it was published, all as float32 numbers. */
export const Golden = Type.Object({
  n: Type.Integer({ minimum: 1, maximum: 1000 }),
  columns: Type.Integer({ minimum: 0, maximum: 4096 }),
  dense: Numbers,
  counts: Numbers,
  items: Type.Optional(Type.Array(Type.String(), { description: "Id of each row's item, where the model reads it." })),
  mean: Numbers,
  variance: Numbers,
});
export type Golden = Static<typeof Golden>;

/** What a publisher knows; the store finds out the rest from the files and the folder. */
export type ManifestDraft = Omit<
  Manifest,
  "format" | "version" | "parent" | "files" | "schemaHash" | "opset" | "inputs" | "outputs"
>;

/** @throws CB_MODEL_MANIFEST_INVALID with the first place that is wrong. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const manifest = parse(bytes, Manifest);
  const missing = [MODEL_FILE, GOLDEN_FILE].find((name) => manifest.files[name] === undefined);
  if (missing !== undefined)
    throw invalid("/files", `with ${missing}`, Object.keys(manifest.files).join(", ") || "none");
  return manifest;
}

/** @throws CB_MODEL_MANIFEST_INVALID, also when a list has another length than n says. */
export function parseGolden(bytes: Uint8Array): Golden {
  const golden = parse(bytes, Golden);
  const { n, columns, dense } = golden;
  if (dense.length !== n * columns) throw invalid("/dense", `${n * columns} numbers`, `${dense.length}`);
  for (const name of ["counts", "mean", "variance"] as const) {
    if (golden[name].length !== n) throw invalid(`/${name}`, `${n} numbers`, `${golden[name].length}`);
  }
  if (golden.items !== undefined && golden.items.length !== n)
    throw invalid("/items", `${n} ids`, `${golden.items.length}`);
  return golden;
}

/** The file's bytes: keys in the order of the schema, two spaces, a newline at the end; equal values give equal bytes. */
export function manifestBytes(manifest: Manifest): Uint8Array {
  const known = Object.keys(Manifest.properties).map((key) => [key, manifest[key as keyof Manifest]] as const);
  return new TextEncoder().encode(`${JSON.stringify(Object.fromEntries(known), null, 2)}\n`);
}

export function goldenBytes(golden: Golden): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(golden)}\n`);
}

function parse<T extends TSchema>(bytes: Uint8Array, schema: T): Static<T> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalid("/", "JSON in UTF-8", `${bytes.length} other bytes`);
  }
  if (Value.Check(schema, value)) return value;
  const [error] = Value.Errors(schema, value);
  throw invalid(error?.instancePath || "/", error?.message ?? "of the schema", "something else");
}

function invalid(path: string, expected: string, came: string): BrigandError {
  return new BrigandError("CB_MODEL_MANIFEST_INVALID", { path, expected, came });
}
