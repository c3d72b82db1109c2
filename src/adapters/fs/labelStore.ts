/**
 * Labels on disk: <folder>/<line>/labels/<generation>.json, the highest counts. A generation is linked into place, so
 * of two who change at once one is told; the files are the record of who served when. <folder>/.labels is replaced at
 * every change of any line: servers look at that one file often, and at a line only when it changed.
 */
import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BrigandError } from "../../core/errors.ts";
import { type Labels, labelsBytes, noLabels, parseLabels } from "../../core/model/labels.ts";
import { LINE_NAME } from "../../core/settings/policy.ts";
import type { LabelStore } from "../../ports/models.ts";
import { makeDirectory } from "./durable.ts";
import { syncFolder } from "./modelStoreFiles.ts";
import { names } from "./modelStoreFolder.ts";

const LINE = new RegExp(LINE_NAME);
const FILE = /^([1-9]\d{0,14})\.json$/;
/** Older generations go. */
const GENERATIONS_KEPT = 100;

export function labelStore(folder: string): LabelStore {
  const folderOf = (line: string): string => {
    if (!LINE.test(line)) throw new BrigandError("CB_POLICY_NAME_INVALID", { came: JSON.stringify(line) });
    return join(folder, line, "labels");
  };
  const mark = join(folder, ".labels");
  return {
    read: async (line) => (await newest(folderOf(line))) ?? noLabels,
    write: async (line, labels) => {
      const own = folderOf(line);
      await makeDirectory(own);
      const known = await newest(own);
      if ((known?.generation ?? 0) !== labels.generation - 1) return false;
      if (!(await place(own, labels))) return false;
      await replaceMark(mark, `${line} ${labels.generation} ${labels.at}\n`);
      await makeDurable(own, labels);
      await prune(own, labels.generation - GENERATIONS_KEPT);
      return true;
    },
    history: async (line) => {
      const own = folderOf(line);
      const read = await Promise.all((await generations(own)).map((generation) => generationOf(own, generation)));
      return read.filter((labels) => labels !== undefined);
    },
    mark: async () => {
      const found = await stat(mark, { bigint: true }).catch(() => undefined);
      return found === undefined ? "" : `${found.ino} ${found.mtimeNs} ${found.size}`;
    },
  };
}

/**
 * False when somebody was first. Others see it at once; a generation that a power loss leaves half written is no labels,
 * and the one before it counts.
 */
async function place(own: string, labels: Labels): Promise<boolean> {
  const draft = join(own, `.draft-${randomUUID()}`);
  await writeFile(draft, labelsBytes(labels));
  try {
    await link(draft, join(own, `${labels.generation}.json`));
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function makeDurable(own: string, { generation }: Labels): Promise<void> {
  const handle = await open(join(own, `${generation}.json`), "r");
  await handle.sync().finally(() => handle.close());
  await syncFolder(own);
}

/** A file of another inode each time, whoever else does the same. */
async function replaceMark(mark: string, text: string): Promise<void> {
  const draft = `${mark}-${randomUUID()}`;
  await writeFile(draft, text);
  await rename(draft, mark);
}

/** A damaged file is as if it were not there. */
async function newest(own: string): Promise<Labels | undefined> {
  for (const generation of (await generations(own)).reverse()) {
    const labels = await generationOf(own, generation);
    if (labels !== undefined) return labels;
  }
  return undefined;
}

async function generationOf(own: string, generation: number): Promise<Labels | undefined> {
  const bytes = await readFile(join(own, `${generation}.json`)).catch(() => undefined);
  const labels = bytes === undefined ? undefined : parseLabels(bytes);
  return labels?.generation === generation ? labels : undefined;
}

async function generations(own: string): Promise<number[]> {
  const numbers = (await names(own)).flatMap((name) => FILE.exec(name)?.[1] ?? []).map(Number);
  return numbers.sort((a, b) => a - b);
}

async function prune(own: string, upTo: number): Promise<void> {
  for (const generation of await generations(own))
    if (generation <= upTo) await rm(join(own, `${generation}.json`), { force: true });
}
