/** Acts of the command line in the audit log: asked before, done after, by the system's user. */
import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { openAccess } from "../../adapters/access.ts";
import { layoutOf } from "../../adapters/fs/layout.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import type { Config } from "../../config.ts";
import { BrigandError } from "../../core/errors.ts";
import type { AccessPorts } from "../../ports/access.ts";
import { printNote } from "../output.ts";

const DONE = 200;

export interface CommandAct {
  /** As `keys create`. */
  readonly act: string;
  /** Its arguments; never a secret. */
  readonly target: string;
}

/** Runs `work` between the two lines of the act. @throws CB_AUDIT_WRITE_FAILED, with nothing done, and as `work` does */
export async function audited<Result>(
  config: Config,
  { act, target }: CommandAct,
  work: (access: AccessPorts) => Promise<Result>,
): Promise<Result> {
  const access = accessOf(config);
  const id = randomBytes(12).toString("hex");
  const line = { id, at: systemClock.now(), by: { name: `cli ${userInfo().username}` }, act, target };
  const done = (status: number) => access.audit.append({ kind: "done", id, at: systemClock.now(), status });
  try {
    await access.audit.append({ kind: "asked", ...line }).catch((error: unknown) => {
      throw new BrigandError("CB_AUDIT_WRITE_FAILED", { problem: String(error) });
    });
    const result = await work(access).catch(async (error: unknown) => {
      await done(error instanceof BrigandError ? error.status : 500);
      throw error;
    });
    await done(DONE);
    return result;
  } finally {
    access.keys.close();
  }
}

/** Told before processes start that would end with it, again and again. @throws CB_LISTEN_OPEN */
export function checkListening(config: Config): void {
  const { keys, openWithoutKeys } = accessOf(config);
  keys.close();
  if (keys.count === 0 && !openWithoutKeys) throw new BrigandError("CB_LISTEN_OPEN", { host: config.host });
}

/** Close its `keys` when done. */
export function accessOf(config: Config): AccessPorts {
  const refused = (file: string) => printNote(`${file} is no key's record and was left out`);
  return openAccess({ layout: layoutOf(config.dataDir, config.workspace), host: config.host, refused });
}
