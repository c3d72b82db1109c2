/** Handed records → frames that are decoded when they are looked at (`handed.ts`). */
import type { Features, Item, Position, TimeMs } from "../domain.ts";
import type { Frame } from "./frame.ts";
import type { HandedRecords } from "./handed.ts";
import { type InteractionRecord, type LogRecord, type RankingRecord, RecordKind } from "./records.ts";

const NO_PAYLOAD = new Uint8Array(0);

/** What of a batch its frames read: its columns, and the texts of its generation by number, of which the first is none. */
interface Columns {
  readonly handed: HandedRecords;
  readonly texts: readonly (string | undefined)[];
  /** Features by number of their text: parsed once, and shared, for nobody writes to them. */
  readonly parsed: (Features | undefined)[];
}

/** The side that takes, in the order of giving. */
export class RecordUnpacker {
  private generation = 0;
  private texts: (string | undefined)[] = [undefined];
  private parsed: (Features | undefined)[] = [];

  /**
   * The frames, the first one at `from`; undefined where texts are missing because something did not arrive: then they
   * have to be read from the log. Cost: 0.1 µs a frame, and where its record is looked at 0.5 µs and 0.05 µs an item.
   */
  frames(handed: HandedRecords, from: Position): readonly Frame[] | undefined {
    if (handed.generation !== this.generation) {
      this.generation = handed.generation;
      [this.texts, this.parsed] = [[undefined], []];
    }
    if (handed.before !== this.texts.length - 1) return undefined;
    for (let k = 0; k < handed.texts.length; k++) this.texts.push(handed.texts[k]);
    return framesOf({ handed, texts: this.texts, parsed: this.parsed }, from);
  }
}

function framesOf(columns: Columns, from: Position): Frame[] {
  const { kinds, ends, times, told, numbers, payloads } = columns.handed;
  const frames: Frame[] = [];
  let [position, id, number, float, payload] = [from, 0, 0, 0, 0];
  for (let i = 0; i < kinds.length; i++) {
    const place = { position, next: ends[i], time: times[i] };
    position = ends[i];
    if (told[i] === 0) frames.push({ ...place, kind: kinds[i], payload: payloads[payload++] });
    else if (kinds[i] === RecordKind.ranking) {
      frames.push(new ToldFrame(place, columns, { kind: RecordKind.ranking, id: id++, number, float: float++ }));
      number += RANKING_NUMBERS + ITEM_NUMBERS * numbers[number + RANKING_NUMBERS - 1];
    } else {
      frames.push(new ToldFrame(place, columns, { kind: RecordKind.interaction, id: id++, number, float }));
      float += 1 + numbers[number + INTERACTION_NUMBERS - 1];
      number += INTERACTION_NUMBERS;
    }
  }
  return frames;
}

/** Numbers that each record takes: those of a ranking end with the number of its items, an interaction's with whether it has a value. */
const RANKING_NUMBERS = 4;
const ITEM_NUMBERS = 2;
const INTERACTION_NUMBERS = 6;

/** Where a record's part of each column begins. */
interface Start {
  readonly kind: typeof RecordKind.ranking | typeof RecordKind.interaction;
  readonly id: number;
  readonly number: number;
  readonly float: number;
}

/** Its record is made each time that it is asked for: most are looked at once, and soon after the frame's making. */
class ToldFrame implements Frame {
  readonly position: Position;
  readonly next: Position;
  readonly kind: number;
  readonly time: TimeMs;
  readonly payload = NO_PAYLOAD;
  private readonly columns: Columns;
  private readonly start: Start;

  constructor(place: Pick<Frame, "position" | "next" | "time">, columns: Columns, start: Start) {
    this.position = place.position;
    this.next = place.next;
    this.time = place.time;
    this.kind = start.kind;
    this.columns = columns;
    this.start = start;
  }

  get record(): LogRecord {
    return this.start.kind === RecordKind.ranking ? this.ranking() : this.interaction();
  }

  private ranking(): RankingRecord {
    const { ids, numbers, floats } = this.columns.handed;
    const { id, number, float } = this.start;
    const items = new Array<Item>(numbers[number + 3]);
    for (let i = 0, k = number + RANKING_NUMBERS; i < items.length; i++, k += ITEM_NUMBERS)
      items[i] = { id: this.text(k) ?? "", features: this.features(k + 1) };
    return {
      kind: RecordKind.ranking,
      id: ids[id],
      subject: this.text(number),
      session: this.text(number + 1),
      context: this.features(number + 2),
      items,
      at: floats[float],
    };
  }

  private interaction(): InteractionRecord {
    const { ids, numbers, floats } = this.columns.handed;
    const { id, number, float } = this.start;
    return {
      kind: RecordKind.interaction,
      id: ids[id],
      ranking: this.text(number),
      subject: this.text(number + 1),
      session: this.text(number + 2),
      type: this.text(number + 3) ?? "",
      item: this.text(number + 4) ?? "",
      value: numbers[number + 5] === 0 ? undefined : floats[float + 1],
      at: floats[float],
    };
  }

  private text(place: number): string | undefined {
    return this.columns.texts[this.columns.handed.numbers[place]];
  }

  private features(place: number): Features | undefined {
    const { texts, parsed, handed } = this.columns;
    const number = handed.numbers[place];
    const text = texts[number];
    if (text === undefined) return undefined;
    parsed[number] ??= JSON.parse(text) as Features;
    return parsed[number];
  }
}
