/**
 * Tables of labelled rows as bandit problems (supervised-to-bandit, Bietti et al. 2021): the classes are the
 * candidates, the reward is 1 for the right one, and nothing else is told. One pass; the loss is progressive.
 */
import { EngineRanker, type EngineStep } from "./engine.ts";

export interface Labelled {
  readonly name: string;
  /** Attributes by row; not finite where the text was no number. */
  readonly rows: readonly (readonly number[])[];
  /** Class of each row as an index into `classes`. */
  readonly labels: readonly number[];
  /** Sorted: numbers by size, else texts by code unit. */
  readonly classes: readonly string[];
}

/**
 * Lines of numbers with the label last, separated by commas, semicolons or blanks; a first line of names, and columns
 * without any number (names of rows), are left out. @throws RangeError with the line that is not like the others
 */
export function parseLabelled(name: string, text: string): Labelled {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const separator = [",", ";"].find((mark) => lines[0]?.includes(mark)) ?? /\s+/;
  const cells = lines.map((line) =>
    line
      .trim()
      .split(separator)
      .map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")),
  );
  const isNumber = (cell: string) => cell !== "" && Number.isFinite(Number(cell));
  const body = cells.length > 1 && !cells[0].some(isNumber) && cells[1].some(isNumber) ? cells.slice(1) : cells;
  const width = body[0]?.length ?? 0;
  const odd = body.findIndex((row) => row.length !== width);
  if (width < 2 || odd >= 0)
    throw new RangeError(
      `${name}: row ${Math.max(0, odd) + 1} has ${body[Math.max(0, odd)]?.length ?? 0} cells, ${Math.max(2, width)} were expected`,
    );
  const columns = Array.from({ length: width - 1 }, (_, j) => j).filter((j) => body.some((row) => isNumber(row[j])));
  const texts = body.map((row) => row[width - 1]);
  const classes = [...new Set(texts)].sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
  const place = new Map(classes.map((text, index) => [text, index]));
  return {
    name,
    rows: body.map((row) => columns.map((j) => (isNumber(row[j]) ? Number(row[j]) : Number.NaN))),
    labels: texts.map((text) => place.get(text) ?? 0),
    classes,
  };
}

export interface Loss {
  /** Share of rows whose class was not the one drawn, in [0, 1]. */
  readonly loss: number;
  /** Variant of items' own coefficients in use at the end. */
  readonly own: string;
}

export const START_AT = 1_767_225_600_000;
/** More than `settle`: each row is learned before the next one is met. */
export const STEP_MS = 3_000;
/** Parameters that all items share are solved again after so many rows. */
const RETRAIN_EVERY = 5;

/** One pass with default settings over the rows in the order of `shuffled(n, seed)`. Cost: about 2 ms a row. */
export function progressiveLoss(table: Labelled, seed: number): Loss {
  const { rows, labels, classes } = table;
  const items = classes.map((id) => ({ id, features: {} }));
  const world = { slotsShown: 1, catalogue: items };
  const engine = new EngineRanker(world, {
    name: "brigand",
    seed: `${table.name} ${seed}`,
    retrainEvery: RETRAIN_EVERY,
  });
  let wrong = 0;
  shuffled(rows.length, seed).forEach((row, index) => {
    const step = stepOf(table, { row, index, items });
    const [shown] = engine.rank(step);
    const right = shown === classes[labels[row]];
    if (!right) wrong++;
    engine.learn(step, [shown], right ? [{ item: shown, value: 1, delayMs: 0 }] : [], step.at);
  });
  return { loss: wrong / rows.length, own: engine.learner.own.nameOf(engine.learner.choice.own) };
}

/** A row as a request for one of the items: its attributes that are numbers, by name. */
export function stepOf(
  { rows }: Labelled,
  { row, index, items }: { row: number; index: number; items: EngineStep["items"] },
): EngineStep {
  const known = rows[row].flatMap((value, j) => (Number.isFinite(value) ? [[`x${j}`, value] as const] : []));
  return { index, at: START_AT + index * STEP_MS, context: Object.fromEntries(known), items };
}

/** Fisher-Yates from the end on mulberry32: the order in which peers in other languages read the rows too. */
export function shuffled(n: number, seed: number): number[] {
  const uniform = mulberry32(seed);
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Uniform in [0, 1), 32 bits: for orders that others must repeat, never for draws. */
export function mulberry32(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
