/**
 * Items that come with features in a ranking declare themselves: what the platform learns about tokens and numbers
 * must outlive the request. An item is looked at again after `LOOK_MS` at the soonest and told only when it changed.
 */
import type { Features, Item, TimeMs } from "../core/domain.ts";
import { RecordKind } from "../core/log/records.ts";
import type { Streams } from "./streams.ts";

const LOOK_MS = 60_000;
/** Items remembered; over it all are forgotten and told again when they come. */
export const DECLARED_MAX = 200_000;

interface Seen {
  readonly text: string;
  readonly at: TimeMs;
}

export class Declarer {
  private readonly streams: Pick<Streams, "catalogue">;
  private readonly hash: (bytes: Uint8Array) => string;
  private readonly seen = new Map<string, Seen>();

  constructor(streams: Pick<Streams, "catalogue">, hash: (bytes: Uint8Array) => string) {
    this.streams = streams;
    this.hash = hash;
  }

  /** Cost: a lookup an item that has features; a hash and a log line for one that is due and changed. */
  note(decision: string, items: readonly Item[], now: TimeMs): void {
    for (const { id, features } of items) {
      if (features === undefined) continue;
      const known = this.seen.get(id);
      if (known !== undefined && now - known.at < LOOK_MS) continue;
      const text = this.hash(Buffer.from(JSON.stringify(features)));
      if (this.seen.size >= DECLARED_MAX) this.seen.clear();
      this.seen.set(id, { text, at: now });
      if (text !== known?.text) this.tell(`rank:${decision}:${id}`, { id, features }, now);
    }
  }

  private tell(id: string, item: { id: string; features: Features }, at: TimeMs): void {
    const record = { kind: RecordKind.item, id, item: item.id, features: item.features, at } as const;
    this.streams
      .catalogue()
      .append(record, "process")
      .durable.catch(() => {});
  }
}
