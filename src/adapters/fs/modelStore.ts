/**
 * The folder of models: <folder>/<line>/<version>/{model.onnx, golden.json, state.bin, manifest.json}, versions
 * 1, 2, 3 …, and <folder>/<line>/config.pbtxt, so the folder is also a repository for Triton and KServe. A version appears whole by one rename and never
 * changes; a folder without manifest does not exist for readers. A line is called like its policy, or `<policy>.<variant>`
 * for a variant that learns on its own.
 */
import { join } from "node:path";
import type { PolicyName } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import { MODEL_BYTES_MAX, type ModelBundle } from "../../core/model/bundle.ts";
import {
  GOLDEN_FILE,
  MANIFEST_FILE,
  type Manifest,
  MODEL_FILE,
  parseGolden,
  parseManifest,
  STATE_FILE,
} from "../../core/model/manifest.ts";
import { schemaText } from "../../core/model/schemaText.ts";
import { LINE_NAME } from "../../core/settings/policy.ts";
import type { ModelReader } from "../../ports/models.ts";
import { checkFolder, readHashed, readRegular, sha256 } from "./modelStoreFiles.ts";
import { names, versionsIn } from "./modelStoreFolder.ts";
import { pruneVersions, removeAbandoned } from "./modelStorePrune.ts";
import { type Publication, publishBundle } from "./modelStorePublish.ts";
import { writeTritonConfig } from "./modelStoreTriton.ts";

const LINE = new RegExp(LINE_NAME);
const TEXT_BYTES_MAX = 16 * 1024 * 1024;

export interface ModelStoreOptions {
  /** DATA_DIR/models; made when the first model is published. */
  readonly folder: string;
  readonly modelBytesMax?: number;
  readonly stateBytesMax?: number;
}

export interface ModelStore extends ModelReader {
  /** The version's manifest. @throws CB_MODEL_FILE_INVALID, CB_MODEL_MANIFEST_INVALID */
  manifest(policy: PolicyName, version: number): Promise<Manifest>;
  /** The learner's checkpoint, or undefined when the version was published without. @throws as `read` */
  state(policy: PolicyName, version: number): Promise<Uint8Array | undefined>;
  /**
   * Publishes a version and returns its number; the number of an earlier one when the same model was already published
   * at the same log position. @throws the codes of `readOnnx`, CB_MODEL_SIGNATURE_INVALID, CB_MODEL_PUBLISH_FAILED
   */
  publish(publication: Publication): Promise<number>;
  /** Removes all but the newest `keep` and those in `except` (served or pinned); returns what went. */
  prune(policy: PolicyName, keep: number, rest: { readonly except: readonly number[] }): Promise<readonly number[]>;
  /** Removes what a killed publisher left before `before` (milliseconds since 1970); returns the folders' names. */
  clean(policy: PolicyName, before: number): Promise<readonly string[]>;
}

export function modelStore(options: ModelStoreOptions): ModelStore {
  const { folder, modelBytesMax = MODEL_BYTES_MAX, stateBytesMax = 1024 * 1024 * 1024 } = options;
  const policyFolder = (policy: PolicyName): string => {
    if (!LINE.test(policy)) throw new BrigandError("CB_POLICY_NAME_INVALID", { came: JSON.stringify(policy) });
    return join(folder, policy);
  };
  const versionFolder = (policy: PolicyName, version: number): string => join(policyFolder(policy), String(version));
  const manifest = async (policy: PolicyName, version: number): Promise<Manifest> => {
    const read = await readManifest(versionFolder(policy, version));
    const came =
      read.policy !== policy
        ? `policy ${read.policy}`
        : read.version !== version
          ? `version ${read.version}`
          : undefined;
    if (came !== undefined)
      throw new BrigandError("CB_MODEL_MANIFEST_INVALID", { path: "/", expected: `of ${policy}/${version}`, came });
    return read;
  };
  return {
    policies: async () => (await names(folder)).filter((name) => LINE.test(name)).sort(),
    versions: (policy, after = 0) => versionsIn(policyFolder(policy), after),
    manifest,
    read: async (policy, version) =>
      readFiles(versionFolder(policy, version), await manifest(policy, version), modelBytesMax),
    state: async (policy, version) => {
      const { [STATE_FILE]: hash } = (await manifest(policy, version)).files;
      return hash === undefined
        ? undefined
        : readHashed(join(versionFolder(policy, version), STATE_FILE), hash, stateBytesMax);
    },
    publish: async (publication) => {
      const { policy } = publication.draft;
      const line = policyFolder(policy);
      const version = await publishBundle(publication, {
        folder: line,
        bytesMax: modelBytesMax,
        manifest: (of) => manifest(policy, of),
      });
      await writeTritonConfig(line, await manifest(policy, version));
      return version;
    },
    prune: (policy, keep, { except }) => pruneVersions(policyFolder(policy), { keep, except }),
    clean: (policy, before) => removeAbandoned(policyFolder(policy), before),
  };
}

/** A bundle outside the store: the seed model of the repository. @throws as `ModelStore.read` */
export async function readBundle(folder: string): Promise<ModelBundle> {
  return readFiles(folder, await readManifest(folder), MODEL_BYTES_MAX);
}

async function readManifest(folder: string): Promise<Manifest> {
  await checkFolder(folder);
  const manifest = parseManifest(await readRegular(join(folder, MANIFEST_FILE), TEXT_BYTES_MAX));
  const schemaHash = sha256(new TextEncoder().encode(schemaText(manifest.columns)));
  if (manifest.schemaHash !== schemaHash)
    throw new BrigandError("CB_MODEL_MANIFEST_INVALID", {
      path: "/schemaHash",
      expected: schemaHash,
      came: manifest.schemaHash,
    });
  return manifest;
}

async function readFiles(folder: string, manifest: Manifest, bytesMax: number): Promise<ModelBundle> {
  const { [MODEL_FILE]: model, [GOLDEN_FILE]: golden } = manifest.files;
  return {
    manifest,
    model: await readHashed(join(folder, MODEL_FILE), model, bytesMax),
    golden: parseGolden(await readHashed(join(folder, GOLDEN_FILE), golden, TEXT_BYTES_MAX)),
  };
}
