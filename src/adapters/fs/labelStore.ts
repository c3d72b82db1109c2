/**
 * Labels on disk: <folder>/<line>/labels/<generation>.json, the highest counts. A generation is linked into place, so
 * of two who change at once one is told; the files are the record of who served when. <folder>/.labels is replaced at
 * every change of any line: servers look at that one file often, and at a line only when it changed.
 *
 * Everything but making it durable is done at once, some hundred microseconds: behind the log's fsyncs on the few
 * threads that do asynchronous work it would wait for tens of milliseconds.
 */
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { BrigandError } from "../../core/errors.ts";
import { type Labels, labelsBytes, noLabels, parseLabels } from "../../core/model/labels.ts";
import { LINE_NAME } from "../../core/settings/policy.ts";
import type { LabelStore } from "../../ports/models.ts";
import { makeDirectory } from "./durable.ts";
import { syncFolder } from "./modelStoreFiles.ts";
import { namesIn } from "./segments.ts";

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
    read: async (line) => newest(folderOf(line)) ?? noLabels,
    write: async (line, labels, placed) => {
      const own = folderOf(line);
      if (labels.generation === 1) await makeDirectory(own);
      const known = newest(own);
      if ((known?.generation ?? 0) !== labels.generation - 1) return false;
      if (!place(own, labels)) return false;
      replaceMark(mark, `${line} ${labels.generation} ${labels.at}\n`);
      placed?.();
      await makeDurable(own, labels);
      prune(own, labels.generation - GENERATIONS_KEPT);
      return true;
    },
    history: async (line) => {
      const own = folderOf(line);
      return generations(own).flatMap((generation) => generationOf(own, generation) ?? []);
    },
    mark: async () => {
      const found = statSync(mark, { bigint: true, throwIfNoEntry: false });
      return found === undefined ? "" : `${found.ino} ${found.mtimeNs} ${found.size}`;
    },
  };
}

/**
 * False when somebody was first. Others see it at once; a generation that a power loss leaves half written is no labels,
 * and the one before it counts.
 */
function place(own: string, labels: Labels): boolean {
  const draft = join(own, `.draft-${randomUUID()}`);
  writeFileSync(draft, labelsBytes(labels));
  try {
    linkSync(draft, join(own, `${labels.generation}.json`));
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

async function makeDurable(own: string, { generation }: Labels): Promise<void> {
  const handle = await open(join(own, `${generation}.json`), "r");
  await handle.sync().finally(() => handle.close());
  await syncFolder(own);
}

/** A file of another inode each time, whoever else does the same. */
function replaceMark(mark: string, text: string): void {
  const draft = `${mark}-${randomUUID()}`;
  writeFileSync(draft, text);
  renameSync(draft, mark);
}

/** A damaged file is as if it were not there. */
function newest(own: string): Labels | undefined {
  for (const generation of generations(own).reverse()) {
    const labels = generationOf(own, generation);
    if (labels !== undefined) return labels;
  }
  return undefined;
}

function generationOf(own: string, generation: number): Labels | undefined {
  try {
    const labels = parseLabels(readFileSync(join(own, `${generation}.json`)));
    return labels?.generation === generation ? labels : undefined;
  } catch {
    return undefined;
  }
}

function generations(own: string): number[] {
  const numbers = namesIn(own)
    .flatMap((name) => FILE.exec(name)?.[1] ?? [])
    .map(Number);
  return numbers.sort((a, b) => a - b);
}

function prune(own: string, upTo: number): void {
  for (const generation of generations(own))
    if (generation <= upTo) rmSync(join(own, `${generation}.json`), { force: true });
}
