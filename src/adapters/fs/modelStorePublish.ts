/** Publishing a model version: a temporary folder beside the versions, fsync, one rename. */
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BrigandError } from "../../core/errors.ts";
import { checkForeign, isForeign } from "../../core/model/foreign.ts";
import {
  GOLDEN_FILE,
  type Golden,
  goldenBytes,
  MANIFEST_FILE,
  type Manifest,
  type ManifestDraft,
  MODEL_FILE,
  manifestBytes,
  parseManifest,
  STATE_FILE,
} from "../../core/model/manifest.ts";
import { readOnnx } from "../../core/model/onnxReader.ts";
import { schemaText } from "../../core/model/schemaText.ts";
import { checkSignature } from "../../core/model/signature.ts";
import { problemOf, sha256, syncFolder, writeSynced } from "./modelStoreFiles.ts";
import { numbersIn, versionsIn } from "./modelStoreFolder.ts";
import { TEMPORARY } from "./modelStorePrune.ts";

export interface Publication {
  readonly draft: ManifestDraft;
  readonly model: Uint8Array;
  readonly golden: Golden;
  /** Its number; absent: the next one. */
  readonly version?: number;
  /** The learner's checkpoint. */
  readonly state?: Uint8Array;
}

interface Place {
  readonly folder: string;
  readonly bytesMax: number;
  manifest(version: number): Promise<Manifest>;
}

const RACES_MAX = 100;

/** See `ModelStore.publish`. */
export async function publishBundle(publication: Publication, place: Place): Promise<number> {
  const files = filesOf(publication);
  const complete = completed(publication, files, place.bytesMax);
  try {
    await makeFolder(place.folder);
    const known = await samePublished(complete, place);
    const { version } = publication;
    if (known !== undefined && (version === undefined || version === known)) return known;
    return await writeVersion({ manifest: complete, files, version }, place);
  } catch (error) {
    if (error instanceof BrigandError) throw error;
    throw new BrigandError("CB_MODEL_PUBLISH_FAILED", { problem: problemOf(error) }, undefined, { cause: error });
  }
}

function filesOf({ model, golden, state }: Publication): ReadonlyMap<string, Uint8Array> {
  const files = new Map([
    [MODEL_FILE, model],
    [GOLDEN_FILE, goldenBytes(golden)],
  ]);
  if (state !== undefined) files.set(STATE_FILE, state);
  return files;
}

/** The manifest but for version and parent; what a server would refuse is refused here. */
function completed({ draft, model }: Publication, files: ReadonlyMap<string, Uint8Array>, bytesMax: number): Manifest {
  const summary = readOnnx(model, { bytesMax });
  if (isForeign(summary)) checkForeign(summary, draft.columns.length);
  else checkSignature(summary, draft.columns.length, draft);
  const manifest: Manifest = {
    ...draft,
    format: 1,
    version: 0,
    files: Object.fromEntries([...files].map(([name, bytes]) => [name, sha256(bytes)])),
    schemaHash: sha256(new TextEncoder().encode(schemaText(draft.columns))),
    opset: summary.opset,
    inputs: summary.inputs.map((value) => ({ ...value, shape: [...value.shape] })),
    outputs: summary.outputs.map((value) => ({ ...value, shape: [...value.shape] })),
  };
  return parseManifest(manifestBytes(manifest));
}

/** Version with the same model bytes at the same log position: a job that ran twice published once. */
async function samePublished(manifest: Manifest, place: Place): Promise<number | undefined> {
  for (const version of [...(await versionsIn(place.folder, 0))].reverse()) {
    const other = await place.manifest(version).catch(() => undefined);
    if (other?.logPosition === manifest.logPosition && other.files[MODEL_FILE] === manifest.files[MODEL_FILE])
      return version;
  }
  return undefined;
}

interface Complete {
  readonly manifest: Manifest;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly version?: number;
}

async function writeVersion({ manifest, files, version: wanted }: Complete, place: Place): Promise<number> {
  const temporary = await mkdtemp(join(place.folder, TEMPORARY));
  try {
    for (const [name, bytes] of files) await writeSynced(join(temporary, name), bytes);
    for (let race = 0; race < RACES_MAX; race++) {
      const version = await claimVersion({ manifest, temporary, wanted }, place);
      if (version !== undefined) return version;
      const other = await samePublished(manifest, place);
      if (other !== undefined) return other;
    }
    throw new Error("other publishers were faster each time");
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Writes the manifest last and renames; undefined when another publisher took the number. */
async function claimVersion(
  claim: { readonly manifest: Manifest; readonly temporary: string; readonly wanted?: number },
  { folder }: Place,
): Promise<number | undefined> {
  const { manifest, temporary, wanted } = claim;
  const newest = (await numbersIn(folder)).at(-1) ?? 0;
  const version = wanted ?? newest + 1;
  if (!(version > newest)) throw new BrigandError("CB_MODEL_VERSION_TAKEN", { newest, came: version });
  const parent = (await versionsIn(folder, 0)).at(-1) ?? 0;
  await writeSynced(join(temporary, MANIFEST_FILE), manifestBytes({ ...manifest, version, parent }));
  await syncFolder(temporary);
  try {
    await rename(temporary, join(folder, String(version)));
  } catch (error) {
    const code = problemOf(error);
    if (code === "EEXIST" || code === "ENOTEMPTY") return undefined;
    throw error;
  }
  await syncFolder(folder);
  return version;
}

async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let at = folder; at.length >= first.length; at = dirname(at)) await syncFolder(dirname(at));
}
