/** API keys, and the log of what was done with them. */
import type { Act, AuditLine } from "../core/access/audit.ts";
import type { KeyRecord } from "../core/access/keyRecord.ts";

export interface KeyStore {
  /** Records there are, valid or not. */
  readonly count: number;
  /** Grows with every change, also of other processes (seen within a second). */
  readonly version: number;
  list(): readonly KeyRecord[];
  get(id: string): KeyRecord | undefined;
  /** By the hash of a whole key. Cost: a lookup. */
  find(hash: string): KeyRecord | undefined;
  /** Makes or replaces; in effect here at once, resolves when it would survive power loss. */
  put(record: KeyRecord): Promise<void>;
  close(): void;
}

export interface AuditLog {
  /**
   * Resolves when the line would survive power loss; `process`: any process' end, and power loss soon after. Rejects
   * when the disk does not take it.
   */
  append(line: AuditLine, level?: "disk" | "process"): Promise<void>;
  /** The newest acts, oldest first. Cost: reads the whole log. */
  acts(limit: number): Promise<readonly Act[]>;
}

/** A new key: shown once, kept as a hash. */
export interface MadeKey {
  readonly id: string;
  readonly key: string;
  readonly hash: string;
}

export interface AccessPorts {
  readonly keys: KeyStore;
  readonly audit: AuditLog;
  readonly make: () => MadeKey;
  /** SHA-256 of a key, 64 hex digits. */
  readonly hash: (key: string) => string;
  /** Whether everybody may do everything while there is no key: only where nobody else can reach the address. */
  readonly openWithoutKeys: boolean;
}
