/** Where what waits for the server survives the end of a page or a process. Calls are synchronous: none is lost. */

/** One thing to tell the server. */
export interface Entry {
  readonly id: string;
  /** Below /v1/: rewards, or feedback?policy=NAME. */
  readonly to: string;
  readonly body: { readonly [name: string]: unknown };
}

export interface OutboxStorage {
  /** All entries, oldest first; also those of other pages or an earlier process. */
  load(): readonly Entry[];
  add(entry: Entry): void;
  remove(ids: readonly string[]): void;
}

/** Survives nothing: for tests, and where there is nothing else. */
export function memoryStorage(): OutboxStorage {
  const entries = new Map<string, Entry>();
  return {
    load: () => [...entries.values()],
    add: (entry) => void entries.set(entry.id, entry),
    remove: (ids) => {
      for (const id of ids) entries.delete(id);
    },
  };
}

/** What localStorage offers. */
export interface WebStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const PREFIX = "brigand.outbox.";

/**
 * An entry a key, in the order of ids, which begin with the time, so that tabs of one origin share it. Two tabs may send the
 * same entry: the server counts it once.
 */
export function webStorage(store: WebStorage): OutboxStorage {
  const keys = () =>
    Array.from({ length: store.length }, (_, i) => store.key(i) ?? "").filter((key) => key.startsWith(PREFIX));
  return {
    load: () =>
      keys()
        .toSorted()
        .flatMap((key) => readEntry(store.getItem(key) ?? "")),
    add: (entry) => store.setItem(PREFIX + entry.id, JSON.stringify(entry)),
    remove: (ids) => {
      for (const id of ids) store.removeItem(PREFIX + id);
    },
  };
}

/** None for text that is no entry. */
export function readEntry(text: string): readonly Entry[] {
  try {
    const value: unknown = JSON.parse(text);
    return isEntry(value) ? [value] : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null || !("id" in value && "to" in value && "body" in value)) return false;
  const { id, to, body } = value;
  return (
    typeof id === "string" &&
    typeof to === "string" &&
    /^(rewards|feedback)(\?|$)/.test(to) &&
    typeof body === "object" &&
    body !== null
  );
}
