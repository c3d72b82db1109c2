/**
 * Items that come with features in a ranking declare themselves: what the platform learns about tokens and numbers
 * must outlive the request. An item is looked at again after `LOOK_MS` at the soonest and told only when it changed.
 */
import { featuresAt } from "../core/decide/itemNumbers.ts";
import type { Item, TimeMs } from "../core/domain.ts";
import type { ItemNumbers } from "../core/features/itemNumbers.ts";
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

/** Items of a request. */
interface Declared {
  readonly policy: PreparedPolicy;
  readonly items: readonly Item[];
  /** Place of each in the caller's list. */
  readonly inputPosition: ArrayLike<number>;
  readonly numbers?: ItemNumbers;
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
  note(decision: string, { policy, items, inputPosition, numbers }: Declared, now: TimeMs): void {
    const own = policy.settings.simulated === true ? policy : undefined;
    for (let i = 0; i < items.length; i++) {
      const { id, features: told } = items[i];
      if (told === undefined && numbers === undefined) continue;
      const key = own === undefined ? id : `${own.name}\u0000${id}`;
      const known = this.seen.get(key);
      if (known !== undefined && now - known.at < LOOK_MS) continue;
      const features = numbers === undefined ? told : featuresAt(numbers, inputPosition[i], told);
      if (features === undefined) continue;
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
