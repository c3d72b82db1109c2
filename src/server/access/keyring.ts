/** Keys made, replaced and ended, for the routes and for the command line. */
import { isValid, type KeyRecord, type KeyTerms, told } from "../../core/access/keyRecord.ts";
import type { TimeMs } from "../../core/domain.ts";
import { BrigandError } from "../../core/errors.ts";
import type { AccessPorts, MadeKey } from "../../ports/access.ts";

export interface KeyringParts {
  readonly access: Pick<AccessPorts, "keys" | "make">;
  readonly keysMax: number;
  readonly now: () => TimeMs;
}

/** A key as it is shown, this once. */
export type ShownKey = ReturnType<typeof told> & { readonly key: string };

export class Keyring {
  private readonly parts: KeyringParts;

  constructor(parts: KeyringParts) {
    this.parts = parts;
  }

  /** Resolves when the key would survive power loss. @throws CB_KEYS_FULL */
  async create(terms: KeyTerms, rotates?: string): Promise<ShownKey> {
    const { access, keysMax, now } = this.parts;
    if (access.keys.count >= keysMax) throw new BrigandError("CB_KEYS_FULL", { maximum: keysMax });
    const { id, key, hash }: MadeKey = access.make();
    const record: KeyRecord = { ...terms, id, hash, createdAt: now(), rotates };
    await access.keys.put(record);
    return { ...told(record, now()), key };
  }

  /**
   * A new key on the same terms; the old one goes on for `overlapMs`, so that its users can change over.
   * @throws CB_KEY_UNKNOWN, CB_KEY_ENDED, CB_KEYS_FULL
   */
  async rotate(id: string, overlapMs: number): Promise<ShownKey> {
    const now = this.parts.now();
    const old = this.get(id);
    if (!isValid(old, now)) throw new BrigandError("CB_KEY_ENDED", { state: told(old, now).state });
    const { name, roles, policies, requestsPerSecond } = old;
    const lifeMs = old.expiresAt === undefined ? undefined : old.expiresAt - old.createdAt;
    const expiresAt = lifeMs === undefined ? undefined : now + lifeMs;
    const made = await this.create({ name, roles, policies, requestsPerSecond, expiresAt }, id);
    const until = Math.min(now + overlapMs, old.expiresAt ?? Number.POSITIVE_INFINITY);
    await this.parts.access.keys.put({ ...old, expiresAt: until });
    return made;
  }

  /** Not valid from now on. Again: nothing changes. @throws CB_KEY_UNKNOWN */
  async revoke(id: string): Promise<ReturnType<typeof told>> {
    const now = this.parts.now();
    const old = this.get(id);
    const ended = { ...old, revokedAt: old.revokedAt ?? now };
    await this.parts.access.keys.put(ended);
    return told(ended, now);
  }

  list() {
    const now = this.parts.now();
    return this.parts.access.keys.list().map((record) => told(record, now));
  }

  private get(id: string): KeyRecord {
    const record = this.parts.access.keys.get(id);
    if (record === undefined) throw new BrigandError("CB_KEY_UNKNOWN");
    return record;
  }
}
