/** A folder with a model as the archive that is pushed, signed where a key is given. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { signModel } from "../../adapters/crypto/modelSigning.ts";
import { readRegular, sha256 } from "../../adapters/fs/modelStoreFiles.ts";
import { names } from "../../adapters/fs/modelStoreFolder.ts";
import { isObject } from "../../core/decide/check.ts";
import { BrigandError } from "../../core/errors.ts";
import { GOLDEN_FILE, MANIFEST_FILE, MODEL_FILE } from "../../core/model/manifest.ts";
import { schemaText } from "../../core/model/schemaText.ts";
import { signedText } from "../../core/model/signing.ts";
import { writeTar } from "../../core/model/tar.ts";

const BYTES_MAX = 1024 * 1024 * 1024;

export interface Packing {
  readonly policy: string;
  /** A file with an Ed25519 private key in PEM; its name without .pem is the key's name. */
  readonly key?: string;
  /** Columns of the policy, signed where the folder's manifest names none. */
  readonly columns: readonly string[];
}

/** model.onnx, manifest.json and golden.json of the folder, as far as they are there. @throws CB_BUNDLE_FILE_MISSING, CB_MODEL_FILE_INVALID */
export async function packFolder(folder: string, packing: Packing): Promise<Uint8Array> {
  const there = await names(folder);
  if (!there.includes(MODEL_FILE)) throw new BrigandError("CB_BUNDLE_FILE_MISSING", { expected: MODEL_FILE });
  const files = new Map<string, Uint8Array>();
  for (const name of [MODEL_FILE, MANIFEST_FILE, GOLDEN_FILE])
    if (there.includes(name)) files.set(name, await readRegular(join(folder, name), BYTES_MAX));
  if (packing.key !== undefined) files.set(MANIFEST_FILE, await signedCard(files, packing, packing.key));
  return writeTar(files);
}

/** The manifest with the signature in it; the file itself is left as it is. */
async function signedCard(
  files: ReadonlyMap<string, Uint8Array>,
  { policy, columns: all }: Packing,
  key: string,
): Promise<Uint8Array> {
  const text = new TextDecoder().decode(files.get(MANIFEST_FILE) ?? new TextEncoder().encode("{}"));
  const card: unknown = JSON.parse(text);
  if (!isObject(card))
    throw new BrigandError("CB_MODEL_MANIFEST_INVALID", { path: "/", expected: "an object", came: "another value" });
  const columns = Array.isArray(card.columns) ? card.columns.map(String) : [...all];
  const model = files.get(MODEL_FILE) ?? new Uint8Array(0);
  const schemaHash = sha256(new TextEncoder().encode(schemaText(columns)));
  const signed = signedText({ policy, schemaHash, files: { [MODEL_FILE]: sha256(model) } });
  const value = signModel(signed, await readFile(key, "utf8"));
  const signature = { key: basename(key).replace(/(\.private)?\.pem$/, ""), value };
  return new TextEncoder().encode(`${JSON.stringify({ ...card, columns, signature })}\n`);
}
