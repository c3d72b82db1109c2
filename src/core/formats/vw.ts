/**
 * Vowpal Wabbit's text format with action-dependent features (`shared …`, then a line an action, a blank line at the
 * end), and its conditional kind (`ccb shared|action|slot …`).
 */
import {
  checkDecision,
  compact,
  idOf,
  indexOf,
  type LoggedDecision,
  type LoggedItem,
  type LoggedSlot,
  propensityOf,
  rewardOf,
  wrongIn,
} from "./decision.ts";
import { attempted, type BadEntry, type FileEntry, type FileFormat, type FormatReader } from "./format.ts";
import { encoded, parseVwLine, type VwLine, vwFeatures } from "./vwText.ts";

export const vw: FileFormat = {
  name: "vw",
  recognises: (lines) => /^((ccb )?shared\b|-?[\d.]+:[-\d.]+:[\d.]+[^|]*\||\S*\s*\|[^{]*$)/.test(lines[0] ?? ""),
  reader: () => new VwReader(),
  writer: () => ({ write: (entry) => (entry.kind === "decision" ? vwExample(entry.decision) : "") }),
};

/** Lines of one example at most; a file without blank lines is not read into memory. */
const EXAMPLE_LINES_MAX = 1200;

interface Example {
  readonly lineNumber: number;
  readonly shared: VwLine | undefined;
  readonly actions: VwLine[];
  readonly slots: VwLine[];
}

class VwReader implements FormatReader {
  private example: Example | undefined;
  private last = 0;
  /** A line of the example under way was bad: the rest of it is passed over. */
  private spoilt = false;

  line(text: string, lineNumber: number): readonly (FileEntry | BadEntry)[] {
    const blank = text.trim() === "";
    const done = lineNumber > this.last + 1 || blank ? this.end() : [];
    this.last = lineNumber;
    if (blank || this.spoilt) return done;
    const bad = attempted(lineNumber, () => this.add(text, lineNumber));
    if (bad === undefined) return done;
    this.lost(lineNumber);
    return [...done, bad];
  }

  lost(lineNumber: number): void {
    this.last = lineNumber;
    this.spoilt = true;
    this.example = undefined;
  }

  end(): readonly (FileEntry | BadEntry)[] {
    const { example } = this;
    this.example = undefined;
    this.spoilt = false;
    if (example === undefined) return [];
    return [attempted(example.lineNumber, () => ({ kind: "decision", decision: decisionOf(example) }) as const)];
  }

  private add(text: string, lineNumber: number): undefined {
    const line = parseVwLine(text);
    const [word, kind] = line.label;
    const isShared = word === "shared" || (word === "ccb" && kind === "shared");
    if (isShared && this.example !== undefined) throw wrongIn("shared", "the first line of its example", text);
    this.example ??= { lineNumber, shared: isShared ? line : undefined, actions: [], slots: [] };
    if (isShared) return;
    const { actions, slots } = this.example;
    (word === "ccb" && kind === "slot" ? slots : actions).push(line);
    if (actions.length + slots.length > EXAMPLE_LINES_MAX)
      throw wrongIn("An example", `of at most ${EXAMPLE_LINES_MAX} lines`, text);
  }
}

function decisionOf({ shared, actions, slots }: Example): LoggedDecision {
  const items: LoggedItem[] = actions.map(({ tag, features }) => {
    const id = idOf(tag, "A tag");
    return id === undefined ? { features } : { id, features };
  });
  const told = slots.length > 0 ? slots.map((slot) => slotOf(slot, items.length)) : actions.flatMap(labelled);
  if (slots.length === 0 && told.length > 1) throw wrongIn("The labels", "one an example", told);
  return checkDecision(
    compact({ id: idOf(shared?.tag, "A tag"), context: shared?.features ?? {}, items, slots: told.flat() }),
  );
}

/** `action:cost:probability` of the action that was chosen; the action's number counts for nothing here. */
function labelled({ label }: VwLine, itemIndex: number): LoggedSlot[] {
  const words = label[0] === "ccb" ? label.slice(2) : label;
  if (words.length === 0) return [];
  const [, cost, probability] = words[0].split(":");
  if (cost === undefined) return [];
  return [{ itemIndex, propensity: propensityOf(number(probability), "The probability"), reward: costly(cost) }];
}

/** `ccb slot action:cost:probability,action:probability… ids`. */
function slotOf({ label, tag, features }: VwLine, items: number): LoggedSlot[] {
  const id = idOf(tag, "A tag");
  const outcome = label.slice(2).find((word) => word.includes(":"));
  const given = compact({ id, features: Object.keys(features).length > 0 ? features : undefined });
  if (outcome === undefined) return [];
  const pairs = outcome.split(",").map((pair) => pair.split(":"));
  const [first] = pairs;
  const order = pairs.map(([action]) => indexOf(number(action), "The action", items));
  const pmf = pairs.map((pair) => number(pair.at(-1)));
  const slot = {
    itemIndex: order[0],
    propensity: propensityOf(number(first[2]), "The probability"),
    reward: costly(first[1]),
  };
  return [{ ...slot, ...given, ...(pairs.length > 1 ? { order, pmf } : {}) }];
}

function number(text: string | undefined): number {
  return text === undefined || text === "" ? Number.NaN : Number(text);
}

function costly(text: string): number {
  return rewardOf(-number(text), "The cost");
}

/** The lines of one example and the blank line that ends it. Rewards that nobody knows have no label. */
export function vwExample(decision: LoggedDecision): string {
  const { id, context, items, slots } = decision;
  const [first] = slots;
  const one = slots.length <= 1 && first?.features === undefined && first?.id === undefined;
  const kind = one ? "" : "ccb ";
  const label = first?.reward === undefined ? "" : `0:${0 - first.reward}:${first.propensity} `;
  const lines = [`${kind}shared ${tagOf(id)}${vwFeatures(context)}`];
  items.forEach((item, i) => {
    const told = one ? (first?.itemIndex === i ? label : "") : "ccb action ";
    lines.push(`${told}${tagOf(item.id)}${vwFeatures(item.features ?? {})}`);
  });
  if (!one) for (const slot of slots) lines.push(slotLine(slot));
  return `${lines.join("\n")}\n\n`;
}

function slotLine({ itemIndex, propensity, reward, id, features, order, pmf }: LoggedSlot): string {
  const rest =
    order === undefined || pmf === undefined ? [] : order.slice(1).map((index, i) => `${index}:${pmf[i + 1]}`);
  const label = reward === undefined ? "" : `${[`${itemIndex}:${0 - reward}:${propensity}`, ...rest].join(",")} `;
  return `ccb slot ${label}${tagOf(id)}${vwFeatures(features ?? {})}`;
}

function tagOf(id: string | undefined): string {
  return id === undefined ? "" : `'${encoded(id)}`;
}
