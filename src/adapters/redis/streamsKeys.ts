/**
 * Keys of a policy's transport. The braces keep one policy's keys in one slot of a Redis Cluster.
 *
 *   <workspace>:policies                   set of policies
 *   {<workspace>:<policy>}:streams         set of streams
 *   {<workspace>:<policy>}:wal:<stream>    stream; entry `<end>-0` holds whole frames up to position `end`
 *   {<workspace>:<policy>}:trimmed         hash: stream → position before which all is safely downstream
 *   {<workspace>:<policy>}:lease, :fence   who joins the policy; the last fence given out
 */
import type { StreamName } from "../../ports/log.ts";

export interface PolicyKeys {
  readonly streams: string;
  readonly trimmed: string;
  readonly lease: string;
  readonly fence: string;
  wal(stream: StreamName): string;
}

export function policiesKey(workspace: string): string {
  return `${workspace}:policies`;
}

export function keysOf(workspace: string, policy: string): PolicyKeys {
  const tag = `{${workspace}:${policy}}`;
  return {
    streams: `${tag}:streams`,
    trimmed: `${tag}:trimmed`,
    lease: `${tag}:lease`,
    fence: `${tag}:fence`,
    wal: (stream) => `${tag}:wal:${stream}`,
  };
}

/** Whole frames of one entry are about this many bytes together; a longer frame is an entry of its own. */
export const ENTRY_BYTES = 64 * 1024;
/** The one field of an entry. */
export const ENTRY_FIELD = "f";
