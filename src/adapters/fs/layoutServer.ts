/**
 * Who this server process is: a slot under DATA_DIR/servers/, held by a file lease while the process lives, with an
 * id that stays with the slot and an epoch that grows with every holder. Streams are named `<id>-<epoch>`.
 *
 *   servers/<slot>/id      8 hex digits
 *   servers/<slot>/epoch   13 digits, milliseconds
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TimeMs } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import type { Lease } from "../../ports/log.ts";
import { writeFileDurably } from "./durable.ts";
import type { Layout } from "./layout.ts";
import type { FileLeases } from "./lease.ts";
import { namesIn } from "./segments.ts";

const SLOTS_MAX = 256;
const STREAM = /^([0-9a-f]{8})-(\d{13})/;

export interface Server {
  readonly id: string;
  /** `<id>-<epoch>`; further streams of the same policy append `x1`, `x2` … to it. */
  readonly streamName: string;
  readonly lease: Lease;
}

/**
 * Claims the first free slot. @param claim.random 8 hex digits for a new slot's id, from a generator that no other
 * machine shares. Cost: a lease and two fsyncs. @throws CB_SERVER_BUSY when 256 processes hold a slot
 */
export async function claimServer(
  layout: Layout,
  claim: { readonly leases: FileLeases; readonly now: TimeMs; readonly random: () => string },
): Promise<Server> {
  for (let slot = 0; slot < SLOTS_MAX; slot++) {
    const directory = join(layout.servers, String(slot));
    const lease = await claim.leases.acquire(directory);
    if (lease === undefined) continue;
    const id = textOf(join(directory, "id")) ?? claim.random();
    const epoch = String(Math.max(claim.now, Number(textOf(join(directory, "epoch")) ?? 0) + 1)).padStart(13, "0");
    await writeFileDurably(join(directory, "id"), Buffer.from(id));
    await writeFileDurably(join(directory, "epoch"), Buffer.from(epoch));
    return { id, streamName: `${id}-${epoch}`, lease };
  }
  throw new BrigandError("CB_SERVER_BUSY", { maximum: SLOTS_MAX });
}

/** Whether a later process of the same server has begun: nothing more can be appended to the stream. */
export function isSuperseded(layout: Layout, stream: string): boolean {
  const [, id, epoch] = STREAM.exec(stream) ?? [];
  return namesIn(layout.servers).some((slot) => {
    const directory = join(layout.servers, slot);
    return textOf(join(directory, "id")) === id && Number(textOf(join(directory, "epoch")) ?? 0) > Number(epoch);
  });
}

/** The slot of a server's stream, and whether its newest process writes it; undefined for streams that are no server's. */
export function serverOf(
  layout: Layout,
  stream: string,
): { readonly slot: string; readonly newest: boolean } | undefined {
  const [, id] = STREAM.exec(stream) ?? [];
  if (id === undefined) return undefined;
  const slot = namesIn(layout.servers).find((name) => textOf(join(layout.servers, name, "id")) === id);
  return slot === undefined ? undefined : { slot, newest: !isSuperseded(layout, stream) };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
