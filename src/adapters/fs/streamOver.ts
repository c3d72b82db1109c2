/** Whether a server may still append to a stream. */
import { join } from "node:path";
import type { Layout } from "./layout.ts";
import { serverOf } from "./layoutServer.ts";
import type { FileLeases } from "./lease.ts";
import { listSegments } from "./segments.ts";
import { endsWithEnd } from "./streamEnd.ts";

/**
 * True once the stream ended, or its process is dead or was followed by another one. Streams that are no server's are
 * written by jobs and imports: their leases say whether those run. Cost: a listing, a small read, sometimes a lease.
 */
export async function isStreamOver(
  layout: Layout,
  place: { readonly policy: string; readonly stream: string },
  leases: FileLeases,
): Promise<boolean> {
  const server = serverOf(layout, place.stream);
  if (server === undefined || !server.newest) return true;
  const last = listSegments(layout.streamOf(place.policy, place.stream)).at(-1);
  if (last !== undefined && endsWithEnd(last)) return true;
  const lease = await leases.acquire(join(layout.servers, server.slot));
  await lease?.release();
  return lease !== undefined;
}
