/**
 * CSV of the Open Bandit Pipeline: one row an impression. `user-item_affinity_k` are features of item k, and say how many
 * items there were; `user_feature_…` are the context. One row is a decision of one slot, whatever its position.
 */
import type { Features, Json } from "../domain.ts";
import { BrigandError } from "../errors.ts";
import { parseTime } from "../events/time.ts";
import { flatten } from "../features/flatten.ts";
import { cellOf, cellsOf } from "./csv.ts";
import {
  checkDecision,
  compact,
  idOf,
  type LoggedDecision,
  type LoggedItem,
  propensityOf,
  rewardOf,
  wrongIn,
} from "./decision.ts";
import {
  type FileEntry,
  type FileFormat,
  type FormatReader,
  type FormatWriter,
  lineReader,
  type ReaderOptions,
} from "./format.ts";

export const obp: FileFormat = {
  name: "obp",
  recognises: ([first = ""]) => /(^|,)item_id(,|$)/.test(first) && /(^|,)click(,|$)/.test(first),
  reader: obpReader,
  writer: () => new ObpWriter(),
};

const AFFINITY = "user-item_affinity_";
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Where the columns stand; of several of one name the last counts. */
interface Header {
  readonly at: ReadonlyMap<string, number>;
  readonly affinities: readonly { readonly item: string; readonly column: number }[];
  readonly context: readonly { readonly name: string; readonly column: number }[];
  readonly width: number;
}

const OWN = new Set(["", "timestamp", "item_id", "position", "click", "propensity_score", "decision_id"]);

function obpReader(options: ReaderOptions): FormatReader {
  let header: Header | undefined;
  return lineReader((text) => {
    const cells = cellsOf(text);
    if (header === undefined) {
      header = headerOf(cells);
      return undefined;
    }
    if (cells.length !== header.width) throw wrongIn("The row", `of ${header.width} cells`, cells);
    return { kind: "decision", decision: readObp(header, cells, options) };
  });
}

/** @throws CB_FORMAT_LINE_INVALID where a column that is needed is missing */
function headerOf(cells: readonly string[]): Header {
  const at = new Map(cells.map((name, column) => [name, column]));
  for (const name of ["item_id", "click"])
    if (!at.has(name)) throw wrongIn("The header", `with a column ${name}`, cells);
  const named = cells.map((name, column) => ({ name, column }));
  const affinities = named
    .filter(({ name }) => name.startsWith(AFFINITY))
    .map(({ name, column }) => ({ item: name.slice(AFFINITY.length), column }));
  return {
    at,
    affinities,
    context: named.filter(({ name }) => !OWN.has(name) && !name.startsWith(AFFINITY)),
    width: cells.length,
  };
}

function readObp(header: Header, cells: readonly string[], options: ReaderOptions): LoggedDecision {
  const cell = (name: string): string | undefined => {
    const column = header.at.get(name);
    return column === undefined || cells[column] === "" ? undefined : cells[column];
  };
  const id = idOf(cell("item_id"), "item_id");
  if (id === undefined) throw wrongIn("item_id", "a name", cell("item_id"));
  const items: LoggedItem[] = header.affinities.map(({ item, column }) => ({
    id: item,
    features: { affinity: numberOf(cells[column], `${AFFINITY}${item}`) },
  }));
  let itemIndex = items.findIndex((item) => item.id === id);
  if (itemIndex < 0) itemIndex = items.push({ id }) - 1;
  const propensity = cell("propensity_score");
  const position = cell("position");
  const context: { [name: string]: Json } = {};
  for (const { name, column } of header.context) context[name] = valueOf(cells[column], name);
  const at = cell("timestamp");
  const slot = compact({
    itemIndex,
    propensity: propensity === undefined ? undefined : propensityOf(Number(propensity), "propensity_score"),
    reward: rewardOf(numberOf(cell("click") ?? "", "click"), "click"),
    position: position === undefined ? undefined : positionOf(position),
  });
  return checkDecision(
    compact({
      id: idOf(cell("decision_id"), "decision_id"),
      at: at === undefined ? undefined : parseTime(at, options),
      context,
      items,
      slots: [slot],
    }),
  );
}

function positionOf(text: string): number {
  const position = Number(text);
  if (Number.isInteger(position) && position >= 1 && position <= 1000) return position;
  throw wrongIn("position", "a whole number from 1 to 1000", text);
}

function numberOf(text: string, path: string): number {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw wrongIn(path, "a finite number", text);
}

/** Numbers are numbers, everything else is text. */
function valueOf(text: string, path: string): Json {
  if (path === "__proto__") throw new BrigandError("CB_BODY_KEY_FORBIDDEN", { key: path });
  return NUMBER.test(text) ? numberOf(text, path) : text;
}

/**
 * Every slot with a propensity and a known reward is a row. The header is that of the first decision: later features of
 * other names have no column and are left out, as are all features of items but `affinity`.
 */
class ObpWriter implements FormatWriter {
  private columns: { readonly context: readonly string[]; readonly items: readonly string[] } | undefined;
  private rows = 0;

  write(entry: FileEntry): string {
    if (entry.kind !== "decision") return "";
    const { decision } = entry;
    const flat = flattened(decision.context);
    let text = "";
    if (this.columns === undefined) {
      const affine = decision.items.flatMap(({ id, features }) =>
        id !== undefined && features?.affinity !== undefined ? [id] : [],
      );
      this.columns = { context: [...flat.keys()].filter((name) => !OWN.has(name)), items: affine };
      text = `${this.header(this.columns)}\n`;
    }
    const { context, items } = this.columns;
    const affinity = new Map(decision.items.map(({ id, features }) => [id, features?.affinity]));
    for (const [l, slot] of decision.slots.entries()) {
      const { id } = decision.items[slot.itemIndex];
      if (slot.reward === undefined || id === undefined) continue;
      const cells = [
        String(this.rows++),
        decision.at === undefined ? "" : new Date(decision.at).toISOString(),
        id,
        String(slot.position ?? l + 1),
        String(slot.reward),
        slot.propensity === undefined ? "" : String(slot.propensity),
        decision.id ?? "",
        ...context.map((name) => flat.get(name) ?? ""),
        ...items.map((item) => String(affinity.get(item) ?? 0)),
      ];
      text += `${cells.map(cellOf).join(",")}\n`;
    }
    return text;
  }

  private header({
    context,
    items,
  }: {
    readonly context: readonly string[];
    readonly items: readonly string[];
  }): string {
    const own = ["", "timestamp", "item_id", "position", "click", "propensity_score", "decision_id"];
    return [...own, ...context, ...items.map((item) => `${AFFINITY}${item}`)].map(cellOf).join(",");
  }
}

function flattened(context: Features): Map<string, string> {
  const flat = new Map<string, string>();
  flatten(context, {
    number: (name, value) => void flat.set(name, String(value)),
    token: (name, value) => void (flat.has(name) || flat.set(name, value)),
  });
  return flat;
}
