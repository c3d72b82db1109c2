/** Progress of long work on stderr: a bar on a terminal, a plain line now and then elsewhere, nothing with --json. */
import { systemClock } from "../adapters/system/clock.ts";

const BAR_CELLS = 24;
const TERMINAL_EVERY_MS = 100;
const LINES_EVERY_MS = 2000;

export interface Progress {
  /** `done` of the total; `note` stands behind the numbers. Cost: a clock reading, unless it is time to print. */
  update(done: number, note?: string): void;
  /** Prints the last state. */
  end(note?: string): void;
}

export interface ProgressOptions {
  readonly title: string;
  /** Left out when nobody knows it beforehand. */
  readonly total?: number;
  /** What is counted, e.g. "events". */
  readonly unit?: string;
  readonly json?: boolean;
  /** For tests. */
  readonly stream?: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly elapsed?: () => number;
}

export function startProgress(options: ProgressOptions): Progress {
  if (options.json === true) return { update: () => undefined, end: () => undefined };
  const stream = options.stream ?? process.stderr;
  const elapsed = options.elapsed ?? systemClock.elapsed;
  const terminal = stream.isTTY === true;
  const every = terminal ? TERMINAL_EVERY_MS : LINES_EVERY_MS;
  const from = elapsed();
  let printedAt = from;
  let last = { done: 0, note: "" };
  const print = (end: string): void => {
    const line = lineOf({ ...last, options, terminal, seconds: (elapsed() - from) / 1000 });
    stream.write(terminal ? `\r\x1b[2K${line}${end}` : `${line}\n`);
    printedAt = elapsed();
  };
  return {
    update(done, note = "") {
      last = { done, note };
      if (elapsed() - printedAt >= every) print("");
    },
    end(note) {
      last = { done: last.done, note: note ?? last.note };
      print("\n");
    },
  };
}

function lineOf(state: {
  readonly done: number;
  readonly note: string;
  readonly options: ProgressOptions;
  readonly terminal: boolean;
  readonly seconds: number;
}): string {
  const { title, total, unit } = state.options;
  const share = total === undefined || total === 0 ? undefined : Math.min(state.done / total, 1);
  const rate = state.seconds > 0 ? `${grouped(state.done / state.seconds)}/s` : "";
  const count = total === undefined ? grouped(state.done) : `${grouped(state.done)} of ${grouped(total)}`;
  const percent = share === undefined ? "" : `${(100 * share).toFixed(0)} %`;
  const bar = state.terminal && share !== undefined ? barOf(share) : "";
  return [title, bar, percent, count, unit, rate, `${state.seconds.toFixed(1)} s`, state.note]
    .filter(Boolean)
    .join("  ");
}

function barOf(share: number): string {
  const full = Math.round(share * BAR_CELLS);
  return `${"█".repeat(full)}${"░".repeat(BAR_CELLS - full)}`;
}

/** 1234567 as 1,234,567. */
function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}
