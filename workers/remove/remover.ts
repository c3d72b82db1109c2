/** Looks for requested removals and does them, one after the other, for as long as the worker runs. */
import type { Logger } from "pino";
import type { Layout } from "../../src/adapters/fs/layout.ts";
import { removalsRequested } from "../../src/adapters/fs/removals.ts";
import type { PolicyName } from "../../src/core/domain.ts";
import type { Transport } from "../../src/ports/log.ts";
import { removePolicy } from "./removePolicy.ts";

export interface RemoverOptions {
  readonly layout: Layout;
  readonly transport: Transport;
  readonly log: Logger;
  /** The policy goes: its queues drop what waits and resolve when nothing of it runs. */
  readonly quiet: (policy: PolicyName) => Promise<void>;
}

const LOOK_MS = 500;
const WAIT_MS = 30_000;

export function startRemover({ layout, transport, log, quiet }: RemoverOptions): { close(): Promise<void> } {
  let working: Promise<void> = Promise.resolve();
  let busy = false;
  const look = async () => {
    for (const policy of removalsRequested(layout)) {
      await quiet(policy);
      if (await removePolicy({ layout, transport, policy, waitMs: WAIT_MS })) log.info({ policy }, "removed");
    }
  };
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    working = look()
      .catch((error) => log.error({ err: error }, "a policy could not be removed; it is tried again"))
      .finally(() => {
        busy = false;
      });
  }, LOOK_MS);
  return {
    close() {
      clearInterval(timer);
      return working;
    },
  };
}
