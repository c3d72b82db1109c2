/**
 * Items that come with features in a ranking declare themselves: what the platform learns about tokens and numbers
 * must outlive the request. An item is looked at again after `LOOK_MS` at the soonest and told only when it changed.
 */
import type { Item, TimeMs } from "../core/domain.ts";
import { type ItemRecord, RecordKind } from "../core/log/records.ts";
import type { AppPorts } from "./ports.ts";
import type { PreparedPolicy } from "./settings.ts";
import type { Streams } from "./streams.ts";

const LOOK_MS = 60_000;
/** Items remembered; over it all are forgotten and told again when they come. */
export const DECLARED_MAX = 200_000;

interface Seen {
  readonly text: string;
  readonly at: TimeMs;
}

interface DeclarerParts {
  readonly streams: Pick<Streams, "catalogue" | "of">;
  readonly replica: AppPorts["replica"];
  readonly hash: (bytes: Uint8Array) => string;
}

export class Declarer {
  private readonly parts: DeclarerParts;
  private readonly seen = new Map<string, Seen>();

  constructor(parts: DeclarerParts) {
    this.parts = parts;
  }

  /** Cost: a lookup an item that has features; a hash and a log line for one that is due and changed. */
  note(decision: string, { policy, items }: { policy: PreparedPolicy; items: readonly Item[] }, now: TimeMs): void {
    const own = policy.settings.simulated === true ? policy : undefined;
    for (const { id, features } of items) {
      if (features === undefined) continue;
      const key = own === undefined ? id : `${own.name}\u0000${id}`;
      const known = this.seen.get(key);
      if (known !== undefined && now - known.at < LOOK_MS) continue;
      const text = this.parts.hash(Buffer.from(JSON.stringify(features)));
      if (this.seen.size >= DECLARED_MAX) this.seen.clear();
      this.seen.set(key, { text, at: now });
      if (text === known?.text) continue;
      this.tell({ kind: RecordKind.item, id: `rank:${decision}:${id}`, item: id, features, at: now }, own);
    }
  }

  /**
   * To the shared catalogue, or, for a simulated policy, to its own log and this process' copy of it alone: so that
   * nothing of it is in what other policies read. Whatever process starts later hears of the items again.
   */
  private tell(record: ItemRecord, own: PreparedPolicy | undefined): void {
    const { streams, replica } = this.parts;
    const stream = own === undefined ? streams.catalogue() : streams.of(own);
    stream.append(record, "process").durable.catch(() => {});
    if (own !== undefined) replica.state(own.name).catalogue.apply(record);
  }
}
