/** Lines of a file → records in the order of their times, and what was wrong with the others. */
import type { Subject, TimeMs } from "../../src/core/domain.ts";
import { BrigandError, type ErrorCode } from "../../src/core/errors.ts";
import { parseEvent } from "../../src/core/events/metarank.ts";
import { type EventRecord, toRecord } from "../../src/core/events/toRecord.ts";

export interface BadLines {
  n: number;
  /** Of this code, the numbers of the first lines. */
  readonly firstLines: number[];
  readonly message: string;
}

const FIRST_LINES = 5;

export interface EventOptions {
  readonly pseudonym: (kind: "user" | "session", id: string) => Subject;
  readonly now: TimeMs;
  readonly futureSkewMaxMs: number;
}

export class Events {
  readonly records: EventRecord[] = [];
  readonly bad = new Map<ErrorCode, BadLines>();
  /** Events whose kind and id came before; left out. */
  repeated = 0;
  private readonly ids = new Set<string>();
  private readonly options: EventOptions;

  constructor(options: EventOptions) {
    this.options = options;
  }

  /** One line. A bad one is counted under its code, never thrown. */
  add(line: { readonly lineNumber: number; readonly text?: string; readonly error?: BrigandError }): void {
    try {
      if (line.error !== undefined) throw line.error;
      this.record(toRecord(parseEvent(parsed(line.text ?? ""), this.options), this.options.pseudonym));
    } catch (error) {
      if (!(error instanceof BrigandError)) throw error;
      this.refuse(line.lineNumber, error);
    }
  }

  /** By time; events of one time in the order of the file. */
  inOrder(): readonly EventRecord[] {
    return this.records.sort((a, b) => a.at - b.at);
  }

  private record(record: EventRecord): void {
    const key = `${record.kind} ${record.id}`;
    if (this.ids.has(key)) this.repeated++;
    else this.records.push(record);
    this.ids.add(key);
  }

  private refuse(lineNumber: number, error: BrigandError): void {
    const known = this.bad.get(error.code);
    if (known === undefined) this.bad.set(error.code, { n: 1, firstLines: [lineNumber], message: error.message });
    else {
      known.n++;
      if (known.firstLines.length < FIRST_LINES) known.firstLines.push(lineNumber);
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const problem = "the line does not parse";
    throw new BrigandError("CB_BODY_NOT_JSON", `A line must be JSON; it is not: ${problem}.`, undefined, { cause });
  }
}
