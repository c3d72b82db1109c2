/**
 * A pushed bundle: model.onnx, and beside it what its maker knows. manifest.json may name columns, creator, created,
 * metrics, files with their hashes and the signature; golden.json holds rows and what the model says of them. Everything
 * here is pure and happens before ONNX Runtime sees a byte.
 */
import Type, { type Static } from "typebox";
import Value from "typebox/value";
import { BrigandError } from "../errors.ts";
import { MODEL_BYTES_MAX } from "./bundle.ts";
import { checkForeign, isForeign, widthOf } from "./foreign.ts";
import { GOLDEN_FILE, type Golden, MANIFEST_FILE, Manifest, MODEL_FILE, parseGolden } from "./manifest.ts";
import { type OnnxSummary, readOnnx } from "./onnxReader.ts";
import { pushedGolden } from "./pushedGolden.ts";
import { checkSignature } from "./signature.ts";

const {
  created,
  creator,
  learnedThrough,
  policy,
  columns,
  own,
  crosses,
  rows,
  logPosition,
  cataloguePosition,
  learner,
  metrics,
  files,
} = Manifest.properties;
const Card = Type.Partial(
  Type.Object({
    ...{
      created,
      creator,
      learnedThrough,
      policy,
      columns,
      own,
      crosses,
      rows,
      logPosition,
      cataloguePosition,
      learner,
      metrics,
      files,
    },
    signature: Type.Object({ key: Type.String({ maxLength: 64 }), value: Type.String({ maxLength: 256 }) }),
  }),
);
export type Card = Static<typeof Card>;

/** Names that a bundle may hold. */
const FILES = [MODEL_FILE, MANIFEST_FILE, GOLDEN_FILE];
const TEXT_BYTES_MAX = 16 * 1024 * 1024;

export interface Pushed {
  readonly card: Card;
  readonly summary: OnnxSummary;
  readonly model: Uint8Array;
  readonly columns: readonly string[];
  /** Absent: the check makes one. */
  readonly golden?: Golden;
}

export interface PushedTo {
  readonly policy: string;
  /** The policy's schema as it is. */
  readonly schema: readonly string[];
  readonly bytesMax?: number;
  /** SHA-256, hex. */
  readonly sha256: (bytes: Uint8Array) => string;
}

/**
 * @throws CB_BUNDLE_NAME_REFUSED, CB_BUNDLE_FILE_MISSING, CB_MODEL_MANIFEST_INVALID, CB_MODEL_HASH_MISMATCH,
 * CB_MODEL_COLUMNS_MISMATCH, CB_MODEL_SIGNATURE_INVALID and the codes of `readOnnx`. Cost: a pass over the bytes.
 */
export function readPushed(files: ReadonlyMap<string, Uint8Array>, to: PushedTo): Pushed {
  for (const name of files.keys())
    if (!FILES.includes(name))
      throw new BrigandError("CB_BUNDLE_NAME_REFUSED", { known: FILES.join(", "), came: name.slice(0, 100) });
  const model = files.get(MODEL_FILE);
  if (model === undefined) throw new BrigandError("CB_BUNDLE_FILE_MISSING", { expected: MODEL_FILE });
  const card = cardOf(files.get(MANIFEST_FILE), to.policy);
  checkHashes(card, files, to.sha256);
  const summary = readOnnx(model, { bytesMax: to.bytesMax ?? MODEL_BYTES_MAX });
  const columns = columnsOf(card, summary, to.schema);
  if (isForeign(summary)) checkForeign(summary, columns.length);
  else checkSignature(summary, columns.length, card);
  const given = files.get(GOLDEN_FILE);
  const golden = given === undefined ? undefined : goldenOf(given, columns.length);
  return { card, summary, model, columns, golden };
}

function cardOf(bytes: Uint8Array | undefined, policy: string): Card {
  if (bytes === undefined) return {};
  const card = jsonOf(bytes, MANIFEST_FILE);
  if (!Value.Check(Card, card)) {
    const [error] = Value.Errors(Card, card);
    throw invalid(error?.instancePath || "/", error?.message ?? "of the schema", "something else");
  }
  if (card.policy !== undefined && card.policy !== policy) throw invalid("/policy", policy, card.policy);
  if (card.signature !== undefined && card.columns === undefined)
    throw invalid("/columns", "given, because they are signed", "none");
  return card;
}

/** Every file that the manifest lists must be there and be that one. */
function checkHashes(card: Card, files: ReadonlyMap<string, Uint8Array>, sha256: PushedTo["sha256"]): void {
  for (const [file, expected] of Object.entries(card.files ?? {})) {
    const bytes = files.get(file);
    if (bytes === undefined) {
      if (FILES.includes(file)) throw new BrigandError("CB_BUNDLE_FILE_MISSING", { expected: file });
      continue;
    }
    const came = sha256(bytes);
    if (came !== expected) throw new BrigandError("CB_MODEL_HASH_MISMATCH", { file, expected, came });
  }
}

/** As the manifest names them, else the policy's first; they must be the policy's first in any case. */
function columnsOf(card: Card, summary: OnnxSummary, schema: readonly string[]): readonly string[] {
  const columns = card.columns ?? schema.slice(0, widthOf(summary) ?? schema.length);
  const width = isForeign(summary) ? (widthOf(summary) ?? columns.length) : columns.length;
  const named = card.columns ?? [...columns, ...Array<string>(Math.max(0, width - columns.length)).fill("one more")];
  const index = named.findIndex((name, i) => name !== schema[i]);
  if (index < 0) return columns;
  throw new BrigandError("CB_MODEL_COLUMNS_MISMATCH", {
    index,
    expected: schema[index] ?? `absent: the policy has ${schema.length}`,
    came: named[index].slice(0, 200),
  });
}

function goldenOf(bytes: Uint8Array, columns: number): Golden {
  if (bytes.length > TEXT_BYTES_MAX)
    throw invalid("/", `at most ${TEXT_BYTES_MAX} bytes of golden.json`, `${bytes.length}`);
  const golden = pushedGolden(jsonOf(bytes, GOLDEN_FILE)) ?? parseGolden(bytes);
  if (golden.columns !== columns) throw invalid("/columns", `${columns} in golden.json`, `${golden.columns}`);
  return golden;
}

function jsonOf(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalid("/", `JSON in UTF-8, as ${name} is`, `${bytes.length} other bytes`);
  }
}

function invalid(path: string, expected: string, came: string): BrigandError {
  return new BrigandError("CB_MODEL_MANIFEST_INVALID", { path, expected, came: came.slice(0, 200) });
}
