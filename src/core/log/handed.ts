/**
 * Records that cross from one thread of a process to another beside the log: rankings and interactions, which come by
 * the ten thousand, as columns of numbers and of texts that are told once; every other record as its frame's payload.
 * What comes out equals what `decodeRecord` makes of the frames, so whoever reads the log instead reads the same.
 */
import type { Position, TimeMs } from "../domain.ts";
import { type InteractionRecord, type LogRecord, type RankingRecord, RecordKind } from "./records.ts";

/** Frames, one behind the other. Only data, which crosses to a thread as it is. Arrays are by frame or as they say. */
export interface HandedRecords {
  /** Texts of another generation are forgotten. */
  readonly generation: number;
  /** How many texts of the generation came before these. */
  readonly before: number;
  /** New ones, numbered from 1 as they come. */
  readonly texts: readonly string[];
  readonly kinds: Uint8Array;
  /** Where each frame ends. */
  readonly ends: Float64Array;
  readonly times: Float64Array;
  /** 1: the record stands in `ids`, `numbers` and `floats`; 0: it is the next of `payloads`. */
  readonly told: Uint8Array;
  readonly ids: readonly string[];
  /** Numbers of texts and counts in the order of `tellRanking` and `tellInteraction`; 0 for what is absent. */
  readonly numbers: Int32Array;
  /** Event times, and behind its time the value of an interaction that has one. */
  readonly floats: Float64Array;
  readonly payloads: readonly Uint8Array[];
}

/** Over this many the texts begin anew. */
const TEXTS_MAX = 131_072;

/** The side that gives (`handedReader.ts` is the other). */
export class RecordPacker {
  private readonly known = new Map<string, number>();
  private generation = 0;
  private stale = false;
  private texts: string[] = [];
  private frames: { kind: number; end: Position; time: TimeMs; told: boolean }[] = [];
  private floats: number[] = [];
  private numbers: number[] = [];
  private ids: string[] = [];
  private payloads: Uint8Array[] = [];

  /** Cost: 5 µs for a ranking of 24 items that have features, 0.5 µs for an interaction. */
  add(record: LogRecord, frame: { readonly end: Position; readonly time: TimeMs; readonly payload: Uint8Array }): void {
    const told = isTold(record);
    this.frames.push({ kind: record.kind, end: frame.end, time: frame.time, told });
    // A piece of a slab would cross with the whole slab.
    if (!told) this.payloads.push(frame.payload.slice());
    else if (record.kind === RecordKind.ranking) this.tellRanking(record);
    else this.tellInteraction(record);
  }

  /** What was added since the last call; undefined for nothing. */
  take(): HandedRecords | undefined {
    const { generation, frames, texts, ids, payloads } = this;
    if (frames.length === 0) return undefined;
    const handed = {
      ...{ generation, texts, ids, payloads },
      before: this.known.size - texts.length,
      kinds: Uint8Array.from(frames, ({ kind }) => kind),
      ends: Float64Array.from(frames, ({ end }) => end),
      times: Float64Array.from(frames, ({ time }) => time),
      told: Uint8Array.from(frames, ({ told }) => Number(told)),
      numbers: new Int32Array(this.numbers),
      floats: new Float64Array(this.floats),
    };
    [this.texts, this.ids, this.payloads] = [[], [], []];
    [this.frames, this.numbers, this.floats] = [[], [], []];
    if (this.stale || this.known.size > TEXTS_MAX) {
      this.known.clear();
      this.generation++;
      this.stale = false;
    }
    return handed;
  }

  /** Something taken did not arrive: after the next `take` all texts are told again. */
  restart(): void {
    this.stale = true;
  }

  private tellRanking({ id, subject, session, context, items, at }: RankingRecord): void {
    this.ids.push(id);
    this.floats.push(at);
    this.numbers.push(this.text(subject), this.text(session), this.json(context), items.length);
    for (let i = 0; i < items.length; i++) this.numbers.push(this.text(items[i].id), this.json(items[i].features));
  }

  private tellInteraction({ id, ranking, subject, session, type, item, value, at }: InteractionRecord): void {
    this.ids.push(id);
    this.floats.push(at);
    if (value !== undefined) this.floats.push(value);
    const who = [this.text(ranking), this.text(subject), this.text(session)];
    this.numbers.push(...who, this.text(type), this.text(item), value === undefined ? 0 : 1);
  }

  private json(value: object | undefined): number {
    return value === undefined ? 0 : this.text(JSON.stringify(value));
  }

  private text(text: string | undefined): number {
    if (text === undefined) return 0;
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const number = this.known.size + 1;
    this.known.set(text, number);
    this.texts.push(text);
    return number;
  }
}

/** Whether the columns hold all of it. */
function isTold(record: LogRecord): record is RankingRecord | InteractionRecord {
  if (record.kind === RecordKind.interaction) return isExact(record.at) && isExact(record.value ?? 1);
  if (record.kind !== RecordKind.ranking) return false;
  return record.slots === undefined && record.propensity === undefined && isExact(record.at);
}

/** Whether JSON gives the number back as it is. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}
