/** Keys and audit log of the server process, and whether it may listen without keys. */
import { openAccess } from "../adapters/access.ts";
import type { Layout } from "../adapters/fs/layout.ts";
import type { Logger } from "../adapters/system/log.ts";
import { BrigandError } from "../core/errors.ts";
import type { AccessPorts } from "../ports/access.ts";

/** @throws CB_LISTEN_OPEN where others could reach a server that asks nobody for a key */
export function openServerAccess(options: {
  readonly layout: Layout;
  readonly host: string;
  readonly log: Logger;
}): AccessPorts {
  const { layout, host, log } = options;
  const refused = (file: string, error: unknown) => log.error({ err: error, file }, "a key's file was refused");
  const failed = (err: unknown) => log.error({ err }, "a line of the audit log is not on disk");
  const access = openAccess({ layout, host, refused, failed });
  if (access.keys.count > 0) return access;
  if (!access.openWithoutKeys) throw new BrigandError("CB_LISTEN_OPEN", { host });
  log.warn("access is open to everybody on this machine: no API key exists; brigand keys create makes one");
  return access;
}
