/**
 * `embeddings/<policy>/<version>/{items.onnx, manifest.json}`: the vectors for other programs. Brigand itself reads
 * them from the log and never from here. A version appears whole by one rename; the newest `versionsKept` stay.
 */
import { createHash } from "node:crypto";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeDirectory, writeFileDurably } from "../../src/adapters/fs/durable.ts";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import type { PolicyName, TimeMs } from "../../src/core/domain.ts";
import type { VectorsValue } from "../../src/core/embed/vectors.ts";
import { exportItemModel } from "../../training/onnx/itemModel.ts";

export interface ItemModelPlace {
  readonly layout: Layout;
  readonly policy: PolicyName;
  readonly now: TimeMs;
  readonly versionsKept: number;
}

/** Durable when it resolves. Writing a version again changes nothing. */
export async function writeItemModel(place: ItemModelPlace, value: VectorsValue): Promise<void> {
  const folder = place.layout.embeddingsOf(place.policy);
  const versions = await versionsOf(folder);
  if (!versions.includes(value.version)) await write(folder, place, value);
  const old = [...versions, value.version].sort((a, b) => b - a).slice(place.versionsKept);
  for (const version of old) await rm(join(folder, String(version)), { recursive: true, force: true });
}

async function write(folder: string, { policy, layout, now }: ItemModelPlace, value: VectorsValue): Promise<void> {
  const begun = join(folder, `${value.version}.tmp`);
  await rm(begun, { recursive: true, force: true });
  await makeDirectory(begun);
  const model = exportItemModel(value);
  const { values, ...names } = value;
  const manifest = {
    format: 1,
    policy,
    workspace: layout.workspace,
    created: new Date(now).toISOString(),
    files: { "items.onnx": createHash("sha256").update(model).digest("hex") },
    ...names,
  };
  await writeFileDurably(join(begun, "items.onnx"), Buffer.from(model));
  await writeFileDurably(join(begun, "manifest.json"), Buffer.from(JSON.stringify(manifest)));
  await rename(begun, join(folder, String(value.version)));
}

async function versionsOf(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
}
