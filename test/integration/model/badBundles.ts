/** Bundles that must be refused: a sentence, the code, and the bytes. Columns of the policy are its first five. */
import { createHash } from "node:crypto";
import { newSigningKeys, signModel } from "../../../src/adapters/crypto/modelSigning.ts";
import { MODEL_FILE } from "../../../src/core/model/manifest.ts";
import { signedText } from "../../../src/core/model/signing.ts";
import { writeTar } from "../../../src/core/model/tar.ts";
import { bytesField, concat, textField, varintField } from "../../../training/onnx/protobuf.ts";
import { bundleOf, linearScore, matMul, scoreGraph, slowScore } from "../../support/foreignModels.ts";

export interface BadBundle {
  readonly sentence: string;
  readonly code: string;
  readonly body: Uint8Array;
  readonly type?: string;
  /** In place of POST …/versions. */
  readonly put?: string;
}

export const COLUMNS = ["position", "item.count", "item.rate", "item.recent", "item.recency"];
const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");
const good = linearScore([1, 0, 0, 0, 0.5]);
const relu = (from: string, to: string) => ({ op: "Relu", inputs: [from], outputs: [to] });
const five = (nodes: Parameters<typeof scoreGraph>[0]["nodes"], more = {}) =>
  scoreGraph({ nodes, columns: 5, ...more });
const weights = { constants: [{ name: "w", shape: [5, 1], data: new Float32Array(5).fill(1) }] };
const score = matMul("features", "w", "score");

/** A model whose graph is written by hand. */
function byHand(graph: readonly Uint8Array[], ...rest: readonly Uint8Array[]): Uint8Array {
  const opset = bytesField(8, concat([textField(1, ""), varintField(2, 21)]));
  return concat([varintField(1, 10), bytesField(7, concat(graph)), opset, ...rest]);
}
const value = (name: string, columns: number) => {
  const dims = [bytesField(1, textField(2, "n")), bytesField(1, varintField(1, columns))];
  const type = concat([varintField(1, 1), bytesField(2, concat(dims))]);
  return concat([textField(1, name), bytesField(2, bytesField(1, type))]);
};
const input = bytesField(11, value("features", 5));
const output = bytesField(12, value("score", 1));
const tensor = (...fields: readonly Uint8Array[]) => bytesField(5, concat([...fields, textField(8, "w")]));
const node = (...fields: readonly Uint8Array[]) => bytesField(1, concat(fields));
const product = node(textField(1, "features"), textField(1, "w"), textField(2, "score"), textField(4, "MatMul"));

/** A tar header for the name, changed by `change`, with its sum made right again. */
function entry(name: string, change: (header: Uint8Array) => void = () => {}): Uint8Array {
  const archive = writeTar(new Map([[name, new TextEncoder().encode("content")]]));
  change(archive);
  archive.fill(32, 148, 156);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return archive;
}
const kind =
  (letter: string, target = "") =>
  (header: Uint8Array) => {
    header[156] = letter.charCodeAt(0);
    header.set(new TextEncoder().encode(target), 157);
  };

function signed(by: { readonly name: string; readonly pem: string; readonly policy?: string }): Uint8Array {
  const { name, pem, policy = "home" } = by;
  const text = signedText({
    policy,
    schemaHash: sha256(JSON.stringify(COLUMNS)),
    files: { [MODEL_FILE]: sha256(good) },
  });
  const signature = { key: name, value: signModel(text, pem) };
  return bundleOf(good, { "manifest.json": { columns: COLUMNS, signature } });
}

const plain: readonly BadBundle[] = [
  { sentence: "an empty archive", code: "CB_BUNDLE_MALFORMED", body: new Uint8Array(1024) },
  { sentence: "no archive at all", code: "CB_BUNDLE_MALFORMED", body: new TextEncoder().encode("hello".repeat(300)) },
  { sentence: "an archive cut in the middle", code: "CB_BUNDLE_MALFORMED", body: bundleOf(good).subarray(0, 700) },
  {
    sentence: "a file that claims to have 2 GB",
    code: "CB_BUNDLE_MALFORMED",
    body: entry("model.onnx", (header) => header.set(new TextEncoder().encode("20000000000\0"), 124)),
  },
  { sentence: "a name that climbs out", code: "CB_BUNDLE_NAME_REFUSED", body: entry("../../../escaped.onnx") },
  { sentence: "a name from the root", code: "CB_BUNDLE_NAME_REFUSED", body: entry("/escaped.onnx") },
  { sentence: "a file that no bundle has", code: "CB_BUNDLE_NAME_REFUSED", body: bundleOf(good, { "run.sh": "rm" }) },
  { sentence: "a symbolic link", code: "CB_BUNDLE_LINK_REFUSED", body: entry("model.onnx", kind("2", "secret")) },
  { sentence: "a hard link", code: "CB_BUNDLE_LINK_REFUSED", body: entry("model.onnx", kind("1", "secret")) },
  { sentence: "a device", code: "CB_BUNDLE_LINK_REFUSED", body: entry("model.onnx", kind("3")) },
  { sentence: "no model", code: "CB_BUNDLE_FILE_MISSING", body: writeTar(new Map([["golden.json", good]])) },
  { sentence: "a form without a boundary", code: "CB_BUNDLE_MALFORMED", body: good, type: "multipart/form-data" },
  { sentence: "another kind of body", code: "CB_MEDIA_UNSUPPORTED", body: good, type: "application/zip" },
  { sentence: "a body over the bound", code: "CB_BODY_TOO_LARGE", body: new Uint8Array(3_000_000) },
];

const manifests: readonly BadBundle[] = [
  {
    sentence: "a hash of other bytes",
    code: "CB_MODEL_HASH_MISMATCH",
    body: bundleOf(good, { "manifest.json": { files: { "model.onnx": "0".repeat(64) } } }),
  },
  {
    sentence: "a manifest that is no JSON",
    code: "CB_MODEL_MANIFEST_INVALID",
    body: bundleOf(good, { "manifest.json": new Uint8Array([123]) }),
  },
  {
    sentence: "a model for another policy",
    code: "CB_MODEL_MANIFEST_INVALID",
    body: bundleOf(good, { "manifest.json": { policy: "other" } }),
  },
  {
    sentence: "columns in another order",
    code: "CB_MODEL_COLUMNS_MISMATCH",
    body: bundleOf(good, { "manifest.json": { columns: [...COLUMNS].reverse() } }),
  },
  {
    sentence: "more columns than there are",
    code: "CB_MODEL_COLUMNS_MISMATCH",
    body: bundleOf(linearScore(Array(40).fill(1))),
  },
  {
    sentence: "golden outputs that it does not give",
    code: "CB_MODEL_GOLDEN_MISMATCH",
    body: bundleOf(good, { "golden.json": { features: [[1, 2, 3, 4, 5]], score: [99] } }),
  },
  {
    sentence: "golden rows of another width",
    code: "CB_MODEL_MANIFEST_INVALID",
    body: bundleOf(good, { "golden.json": { features: [[1, 2]], score: [1] } }),
  },
];

const models: readonly BadBundle[] = [
  {
    sentence: "a model cut in the middle",
    code: "CB_MODEL_MALFORMED",
    body: bundleOf(good.subarray(0, good.length - 9)),
  },
  { sentence: "a model of no bytes", code: "CB_MODEL_MALFORMED", body: bundleOf(new Uint8Array(0)) },
  {
    sentence: "values in another file",
    code: "CB_MODEL_EXTERNAL_DATA",
    body: bundleOf(byHand([product, tensor(varintField(2, 1), varintField(14, 1)), input, output])),
  },
  {
    sentence: "a tensor that claims 2 GB",
    code: "CB_MODEL_MALFORMED",
    body: bundleOf(
      byHand([product, tensor(varintField(1, 2 ** 29), varintField(2, 1), bytesField(9, good)), input, output]),
    ),
  },
  {
    sentence: "weights that are NaN",
    code: "CB_MODEL_NOT_FINITE",
    body: bundleOf(linearScore([1, 2, 3, 4, Number.NaN])),
  },
  { sentence: "weights without end", code: "CB_MODEL_NOT_FINITE", body: bundleOf(linearScore([1, 2, 3, 4, Infinity])) },
  {
    sentence: "a loop",
    code: "CB_MODEL_OPERATOR_UNKNOWN",
    body: bundleOf(five([{ op: "Loop", inputs: ["features"], outputs: ["score"] }])),
  },
  {
    sentence: "an operator of another domain",
    code: "CB_MODEL_OPERATOR_UNKNOWN",
    body: bundleOf(byHand([node(textField(4, "Inverse"), textField(7, "com.microsoft")), input, output])),
  },
  {
    sentence: "a graph that bites its tail",
    code: "CB_MODEL_GRAPH_CYCLIC",
    body: bundleOf(five([relu("b", "a"), relu("a", "b"), score], weights)),
  },
  {
    sentence: "a chain of 500 nodes",
    code: "CB_MODEL_TOO_COMPLEX",
    body: bundleOf(
      five(
        [relu("features", "h0"), ...Array.from({ length: 500 }, (_, i) => relu(`h${i}`, `h${i + 1}`)), score],
        weights,
      ),
    ),
  },
  {
    sentence: "more nodes than are read",
    code: "CB_MODEL_MALFORMED",
    body: bundleOf(five([...Array.from({ length: 1000 }, (_, i) => relu("features", `h${i}`)), score], weights)),
  },
  {
    sentence: "local functions",
    code: "CB_MODEL_MALFORMED",
    body: bundleOf(byHand([product, input, output], bytesField(25, textField(1, "f")))),
  },
  {
    sentence: "another output",
    code: "CB_MODEL_SIGNATURE_INVALID",
    body: bundleOf(
      five([matMul("features", "w", "rank")], {
        ...weights,
        outputs: [{ name: "rank", type: "float32", shape: ["n", 1] }],
      }),
    ),
  },
  {
    sentence: "a fixed number of rows",
    code: "CB_MODEL_SIGNATURE_INVALID",
    body: bundleOf(five([score], { ...weights, inputs: [{ name: "features", type: "float32", shape: [1, 5] }] })),
  },
  {
    sentence: "shapes that do not fit each other",
    code: "CB_MODEL_LOAD_FAILED",
    body: bundleOf(five([score], { constants: [{ name: "w", shape: [4, 1], data: new Float32Array(4) }] })),
  },
  {
    sentence: "outputs that are NaN",
    code: "CB_MODEL_NOT_FINITE",
    body: bundleOf(
      five(
        [score, { op: "Log", inputs: ["score0"], outputs: ["score"] }].map((one) =>
          one === score ? matMul("features", "w", "score0") : one,
        ),
        { constants: [{ name: "w", shape: [5, 1], data: new Float32Array(5).fill(-1) }] },
      ),
    ),
  },
  {
    sentence: "a model that is slow",
    code: "CB_MODEL_TOO_SLOW",
    body: bundleOf(slowScore(5, { width: 600, layers: 380 })),
  },
  {
    sentence: "a model that doubles its memory node by node",
    code: "CB_MODEL_MEMORY_EXCEEDED",
    body: bundleOf(
      five(
        [
          ...Array.from({ length: 26 }, (_, i) => ({
            op: "Concat",
            inputs: [i === 0 ? "features" : `h${i}`, i === 0 ? "features" : `h${i}`],
            outputs: [`h${i + 1}`],
            attributes: { axis: { int: 1 } },
          })),
          { op: "ReduceSum", inputs: ["h26"], outputs: ["sum"], attributes: { keepdims: { int: 1 } } },
          { op: "MatMul", inputs: ["features", "w"], outputs: ["own"] },
          { op: "Add", inputs: ["own", "sum"], outputs: ["score"] },
        ],
        weights,
      ),
    ),
  },
  {
    sentence: "a number that was used",
    code: "CB_MODEL_VERSION_TAKEN",
    body: bundleOf(linearScore([9, 9, 9, 9, 9])),
    put: "1",
  },
];

/** What a policy with trusted keys refuses. @param trusted the private key of `ours`. */
export function badSignatures(trusted: string): readonly BadBundle[] {
  const stranger = newSigningKeys().privatePem;
  return [
    { sentence: "no signature", code: "CB_MODEL_UNSIGNED", body: bundleOf(good) },
    { sentence: "an unknown signer", code: "CB_MODEL_SIGNER_UNKNOWN", body: signed({ name: "theirs", pem: stranger }) },
    {
      sentence: "another's signature under our name",
      code: "CB_MODEL_SIGNING_WRONG",
      body: signed({ name: "ours", pem: stranger }),
    },
    {
      sentence: "a signature for another policy",
      code: "CB_MODEL_SIGNING_WRONG",
      body: signed({ name: "ours", pem: trusted, policy: "other" }),
    },
  ];
}

export function goodSigned(trusted: string): Uint8Array {
  return signed({ name: "ours", pem: trusted });
}

export const badBundles: readonly BadBundle[] = [...plain, ...manifests, ...models];
