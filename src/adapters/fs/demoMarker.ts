/**
 * Whether the demo runs on this data folder: DATA_DIR/demo.json, made by the first start on an empty folder. It stays
 * when the demo is removed, so that no later start brings it back.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TimeMs } from "../../core/domain.ts";
import { DEMO_POLICY } from "../../core/simulator/demo.ts";
import { makeDirectory, writeFileDurably } from "./durable.ts";
import type { Layout } from "./layout.ts";
import { requestRemoval } from "./removals.ts";
import { namesIn } from "./segments.ts";

export interface DemoMarker {
  readonly state: "running" | "removed";
  /** When the demo began. */
  readonly since: TimeMs;
}

/** Undefined where there never was a demo, or where the file is none of ours. */
export function readDemoMarker(layout: Layout): DemoMarker | undefined {
  try {
    const { state, since }: { state?: unknown; since?: unknown } = JSON.parse(readFileSync(pathOf(layout), "utf8"));
    const known = state === "running" || state === "removed";
    return known && typeof since === "number" ? { state, since } : undefined;
  } catch {
    return undefined;
  }
}

/** Durable when it resolves. */
export async function writeDemoMarker(layout: Layout, marker: DemoMarker): Promise<void> {
  await makeDirectory(layout.root);
  await writeFileDurably(pathOf(layout), Buffer.from(`${JSON.stringify(marker)}\n`));
}

/** The demo is over for good, and what it left is to go; a worker does that. Both stand on the disk when it resolves. */
export async function removeDemo(layout: Layout): Promise<void> {
  const since = readDemoMarker(layout)?.since ?? 0;
  await writeDemoMarker(layout, { state: "removed", since });
  await requestRemoval(layout, DEMO_POLICY);
}

/** Nothing has been decided, set or learned here yet. */
export function isUnused(layout: Layout): boolean {
  return [layout.wal, layout.policies, layout.interactions].every((folder) => namesIn(folder).length === 0);
}

function pathOf({ root }: Layout): string {
  return join(root, "demo.json");
}
