/** DATA_DIR/evaluations/<policy>/<id>.json: one offline evaluation a file, replaced whole. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { PolicyName } from "../../core/domain.ts";
import { type Evaluation, isEvaluation } from "../../core/doors/personalizer/evaluation.ts";
import type { EvaluationStore } from "../../ports/evaluations.ts";
import { makeDirectory, writeFileDurably } from "./durable.ts";
import type { Layout } from "./layout.ts";

/** Ids are the server's own; anything else names no file. */
const ID = /^[A-Za-z0-9_-]{1,64}$/;
const FILE = /^([A-Za-z0-9_-]{1,64})\.json$/;

export function evaluationStore(layout: Pick<Layout, "evaluationsOf">): EvaluationStore {
  const pathOf = (policy: PolicyName, id: string) => join(layout.evaluationsOf(policy), `${id}.json`);
  return {
    async list(policy) {
      const names = await readdir(layout.evaluationsOf(policy)).catch(nothingThere);
      const ids = names.flatMap((name) => FILE.exec(name)?.[1] ?? []);
      const found = await Promise.all(ids.map((id) => read(pathOf(policy, id))));
      return found
        .filter((evaluation) => evaluation !== undefined)
        .toSorted((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1));
    },
    get: async (policy, id) => (ID.test(id) ? read(pathOf(policy, id)) : undefined),
    async put(policy, evaluation) {
      await makeDirectory(layout.evaluationsOf(policy));
      await writeFileDurably(pathOf(policy, evaluation.id), Buffer.from(JSON.stringify(evaluation)));
    },
    async delete(policy, id) {
      if (ID.test(id)) await rm(pathOf(policy, id), { force: true });
    },
  };
}

/** Undefined for a file that is not there, or was made by something else. */
async function read(path: string): Promise<Evaluation | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isEvaluation(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function nothingThere(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}
