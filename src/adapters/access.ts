/** Keys and audit log of an installation's workspace, for servers and the command line alike. */
import { join } from "node:path";
import { isLoopback } from "../core/access/loopback.ts";
import type { AccessPorts } from "../ports/access.ts";
import { hashApiKey, makeApiKey } from "./crypto/apiKey.ts";
import { auditLog } from "./fs/auditLog.ts";
import { openKeyStore } from "./fs/keyStore.ts";
import type { Layout } from "./fs/layout.ts";

/** @param options.host the address that is listened on. Close `keys` when done. */
export function openAccess(options: {
  readonly layout: Layout;
  readonly host: string;
  readonly refused: (file: string, error: unknown) => void;
  /** Told when a line of the audit log could not be made safe from power loss after its act. */
  readonly failed?: (error: unknown) => void;
}): AccessPorts {
  const { layout, host, refused, failed } = options;
  return {
    keys: openKeyStore({ folder: join(layout.root, "access", "keys"), refused }),
    audit: auditLog(join(layout.root, "access", "audit"), failed),
    make: makeApiKey,
    hash: hashApiKey,
    openWithoutKeys: isLoopback(host),
  };
}
