/**
 * Item vectors of a policy as one log line carries them, and the vector of any item under them: what its content
 * predicts plus what was learned of the item itself. Float64 over float32 values: the same bits in every process.
 */
import type { ItemId, Position } from "../domain.ts";
import type { Vocabulary } from "../features/vocabulary.ts";
import type { Gaussian } from "./posterior.ts";

/** As in the log: a JSON head and `values`. */
export interface VectorsValue {
  /** 1, 2, … of the policy. */
  readonly version: number;
  /** d: length of a vector without its bias. */
  readonly dimension: number;
  /** Rows that the policy had learned since its log began, all before `learnedTo` of the joined log. */
  readonly rows: number;
  readonly learnedTo: Position;
  /** Mean −log p of an answer in the last step of the training, in nats a row. */
  readonly loss: number;
  /** Rewards from `low` to `high` are answers from 0 to 1. */
  readonly low: number;
  readonly high: number;
  readonly items: readonly ItemId[];
  readonly fields: readonly string[];
  /** Tokens that the tower reads: index into `fields`, text. */
  readonly tokens: readonly (readonly [field: number, text: string])[];
  /** Numbers that it reads, standardised by centre and scale, and their squares less 1. */
  readonly numbers: readonly { readonly name: string; readonly centre: number; readonly scale: number }[];
  /** Rows of d + 1 (bias first): one an item, one a token, two a number, one constant. */
  readonly values: Float32Array;
}

/** What a vector is made of; features of a request and stored ones have the same shape. */
export interface Content {
  readonly numbers: Pick<ReadonlyMap<number, number>, "get">;
  readonly tokens: ReadonlyMap<number, Int32Array>;
}

/** The fields in one order and nothing else: what is equal has equal bytes. */
export function canonical(value: VectorsValue): VectorsValue {
  const { version, dimension, rows, learnedTo, loss, low, high, items, fields, tokens, numbers, values } = value;
  return { version, dimension, rows, learnedTo, loss, low, high, items, fields, tokens, numbers, values };
}

/** A standardised number beyond it counts as it. */
export const NUMBER_CLIP = 4;
const UNKNOWN = -1;
const UNSEEN = -2;

/** A user's posterior and what it was made of. */
export interface KnownUser {
  readonly changes: number;
  readonly vectors: readonly Float64Array[];
  readonly gaussian: Gaussian;
}

export class Vectors {
  readonly value: VectorsValue;
  /** Posteriors by user memory; whoever fills it keeps it bounded. */
  readonly users = new Map<object, KnownUser>();
  private readonly itemRows = new Map<ItemId, number>();
  private readonly tokenRows = new Map<string, number>();
  private readonly fieldOf = new Map<string, number>();
  /** Tower row by token id of the vocabulary. */
  private rowByToken = new Int32Array(0).fill(UNSEEN);
  private readonly numberFields: Int32Array;

  constructor(value: VectorsValue) {
    this.value = value;
    value.items.forEach((id, row) => this.itemRows.set(id, row));
    value.fields.forEach((name, field) => this.fieldOf.set(name, field));
    value.tokens.forEach(([field, text], row) => this.tokenRows.set(`${field}\u0000${text}`, row));
    this.numberFields = new Int32Array(value.numbers.length).fill(UNSEEN);
  }

  /** [b, v…] of an item with this content. Cost: (d + 1) · (tokens + numbers), 1 µs for 40 tokens. */
  vectorOf(id: ItemId, content: Content, vocabulary: Vocabulary): Float64Array {
    const { values, dimension, items, tokens, numbers } = this.value;
    const width = dimension + 1;
    const firstToken = items.length;
    const firstNumber = firstToken + tokens.length;
    const out = new Float64Array(width);
    const add = (row: number, weight: number) => {
      for (let k = 0, at = row * width; k < width; k++) out[k] += weight * values[at + k];
    };
    add(firstNumber + 2 * numbers.length, 1);
    for (let f = 0; f < numbers.length; f++) {
      const x = this.standardised(f, content.numbers, vocabulary);
      if (x === undefined) continue;
      add(firstNumber + 2 * f, x);
      add(firstNumber + 2 * f + 1, x * x - 1);
    }
    for (const list of content.tokens.values())
      this.addTokens(list, vocabulary, (row, weight) => add(firstToken + row, weight));
    const own = this.itemRows.get(id);
    if (own !== undefined) add(own, 1);
    return out;
  }

  /** Each of a field's m tokens that the tower reads weighs 1/√m, m counting all of them. */
  private addTokens(list: Int32Array, vocabulary: Vocabulary, add: (row: number, weight: number) => void): void {
    const weight = 1 / Math.sqrt(list.length);
    for (let k = 0; k < list.length; k++) {
      const row = this.towerRow(list[k], vocabulary);
      if (row >= 0) add(row, weight);
    }
  }

  private towerRow(token: number, vocabulary: Vocabulary): number {
    if (token >= this.rowByToken.length) {
      const wide = new Int32Array(Math.max(2 * token + 2, 1024)).fill(UNSEEN);
      wide.set(this.rowByToken);
      this.rowByToken = wide;
    }
    const known = this.rowByToken[token];
    if (known !== UNSEEN) return known;
    const field = this.fieldOf.get(vocabulary.tokenFields[vocabulary.tokenFieldOf[token]].name);
    const row = this.tokenRows.get(`${field}\u0000${vocabulary.tokenNames[token]}`) ?? UNKNOWN;
    this.rowByToken[token] = row;
    return row;
  }

  /** Undefined: absent, which counts as the centre, square and all. */
  private standardised(f: number, content: Content["numbers"], vocabulary: Vocabulary): number | undefined {
    const { name, centre, scale } = this.value.numbers[f];
    let field = this.numberFields[f];
    if (field < 0) {
      field = vocabulary.numberField(name, false) ?? UNSEEN;
      this.numberFields[f] = field;
    }
    const value = content.get(field);
    if (value === undefined || Number.isNaN(value)) return undefined;
    return Math.max(-NUMBER_CLIP, Math.min(NUMBER_CLIP, (value - centre) * scale));
  }

  /** A reward as an answer in [0, 1]. */
  answerOf(reward: number): number {
    const { low, high } = this.value;
    return Math.max(0, Math.min(1, (reward - low) / (high - low)));
  }
}
