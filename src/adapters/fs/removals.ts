/**
 * Policies that are being removed with everything they left: one folder each, for as long as it takes.
 *
 *   removals/<policy>/requested   somebody wants it gone; from then on nobody may use, write or train it
 *   removals/<policy>/lease-…     who does it
 */
import { existsSync } from "node:fs";
import { rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { PolicyName } from "../../core/domain.ts";
import { files, makeDirectory, writeFileDurably } from "./durable.ts";
import { isPolicyFolder, type Layout } from "./layout.ts";
import { namesIn } from "./segments.ts";

/** Durable when it resolves; also when it was asked for before. */
export async function requestRemoval(layout: Layout, policy: PolicyName): Promise<void> {
  await makeDirectory(removalOf(layout, policy));
  await writeFileDurably(join(removalOf(layout, policy), "requested"), new Uint8Array());
}

/** Cost: a listing. */
export function removalsRequested(layout: Layout): PolicyName[] {
  return namesIn(join(layout.root, "removals")).filter((name) => isPolicyFolder(name) && isRemoving(layout, name));
}

/** Cost: a system call. */
export function isRemoving(layout: Layout, policy: PolicyName): boolean {
  return existsSync(join(removalOf(layout, policy), "requested"));
}

/** Folder of the removal, and of the lease of whoever does it. */
export function removalOf(layout: Layout, policy: PolicyName): string {
  // The layout checks the name.
  layout.walOf(policy);
  return join(layout.root, "removals", policy);
}

/** Everything is gone: the name is free again. */
export async function endRemoval(layout: Layout, policy: PolicyName): Promise<void> {
  await unlink(join(removalOf(layout, policy), "requested"));
  await files.syncDirectory(removalOf(layout, policy));
  await rm(removalOf(layout, policy), { recursive: true, force: true });
}
