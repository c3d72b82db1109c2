/**
 * TensorFlow.js on native TensorFlow, assembled by `npm run setup:tensorflow` in .tensorflow/ with its own copy of
 * tfjs-core. Copies share one engine a process: the backend opened last computes.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import util from "node:util";
import { BrigandError } from "../../../src/core/errors.ts";
import type { Backend, Tf } from "./backend.ts";

/** The project's folder, whether this file runs from its source or from dist/. */
const ROOTS = ["../../../", "../../../../"].map((up) => fileURLToPath(new URL(up, import.meta.url)));

/** Its folder; undefined where it is not assembled. */
export function nativeHome(): string | undefined {
  return ROOTS.map((root) => `${root}.tensorflow/`).find((folder) => existsSync(`${folder}ready`));
}

/** Undefined where it is not assembled or does not load. @throws CB_TENSORFLOW_MISSING instead where it is `required` */
export async function nativeBackend(required: boolean): Promise<Backend | undefined> {
  const home = nativeHome();
  try {
    if (home === undefined) throw new Error("it is not assembled");
    supplyRemoved();
    const tf = createRequire(`${home}package.json`)("@tensorflow/tfjs-node") as Tf;
    await tf.setBackend("tensorflow");
    await tf.ready();
    return { name: "native", tf };
  } catch (cause) {
    if (!required) return undefined;
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new BrigandError("CB_TENSORFLOW_MISSING", { problem }, undefined, { cause });
  }
}

/** Functions that tfjs-node 4.22 calls and Node 23 no longer has. */
function supplyRemoved(): void {
  const table: { isNullOrUndefined?: (x: unknown) => boolean; isArray?: (x: unknown) => boolean } = util;
  table.isNullOrUndefined ??= (x) => x === null || x === undefined;
  table.isArray ??= Array.isArray;
}
