/**
 * Decision-service lines for those who need only what was shown: the other actions become `{}` before the text is
 * parsed, which spares most of the work. Parts left out are looked at for their brackets and strings alone, four
 * characters at a time: the quotes of all four at once change whether what follows is in a string, and only at a
 * bracket does anybody ask.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;
/** Stands for what is no bracket, no quote and no space. */
const OTHER = 0x7f;

/** The line that is looked at, in characters below 128, and four that are none behind it. */
let line = new Uint8Array(4096);
let words = new DataView(line.buffer);

/**
 * The line with `{}` in place of each action but the labelled one; the line itself where it has no `_labelIndex` before
 * its context or is not of the usual shape. Cost: about 0.6 ns a character, one pass; 2 where the bytes are not given.
 * @param bytes one a character: of the text itself where it is ASCII
 */
export function leanLine(text: string, bytes?: Uint8Array): string {
  const label = /^\s*\{[^{}[\]]*?"_labelIndex"\s*:\s*(\d{1,4})\s*,/.exec(text);
  const multi = text.indexOf('"_multi"');
  if (label === null || multi < 0) return text;
  takeLine(text, bytes);
  const colon = skipSpace(multi + '"_multi"'.length);
  const from = skipSpace(colon + 1);
  if (line[colon] !== COLON || line[from] !== OPEN_BRACKET || isInString(multi)) return text;
  const labelled = Number(label[1]);
  const actions = actionsOf(from, text.length, labelled);
  if (actions === undefined) return text;
  const { kept, n, end } = actions;
  return `${text.slice(0, from)}[${"{},".repeat(labelled)}${text.slice(kept.from, kept.to)}${",{}".repeat(n - 1 - labelled)}]${text.slice(end)}`;
}

/** Copies the line to `line`. A backslash and what stands behind it become something else: they end no string. */
function takeLine(text: string, bytes: Uint8Array | undefined): void {
  const { length } = text;
  if (line.length < length + 4) {
    line = new Uint8Array(2 * length + 4);
    words = new DataView(line.buffer);
  }
  if (bytes !== undefined) line.set(bytes);
  else for (let i = 0; i < length; i++) line[i] = Math.min(text.charCodeAt(i), OTHER);
  line.fill(0, length, length + 4);
  for (let at = text.indexOf("\\"); at >= 0; at = text.indexOf("\\", at + 2)) line[at] = line[at + 1] = OTHER;
}

/** Whether an odd number of quotes stands before `at`. */
function isInString(at: number): boolean {
  let inside = false;
  for (let i = 0; i < at; i++) if (line[i] === QUOTE) inside = !inside;
  return inside;
}

/** The highest bit of each of four bytes, and four quotes. */
const HIGH = 0x80808080 | 0;
const QUOTES = 0x22222222;
/** Bits in which brackets differ. What has all the others is a bracket, or one of Y, _, y. */
const ANY = 0x26262626;
const BRACKETS = 0x7f7f7f7f;

interface Actions {
  depth: number;
  /** Actions that have begun. */
  n: number;
  /** Where the last of them starts, and just behind the last one that ended. */
  from: number;
  to: number;
  /** The labelled one. */
  kept: { readonly from: number; readonly to: number };
  /** Just behind the bracket that closes the array; 0 before it. */
  end: number;
}

/**
 * Undefined where something else than objects and commas stands in the array, or the labelled one does not. Of bytes
 * below 128, 0x80 − x has its highest bit set where x is 0, and nothing is carried to the next byte.
 */
function actionsOf(start: number, length: number, labelled: number): Actions | undefined {
  const found = { depth: 0, n: 0, from: start, to: start + 1, kept: { from: 0, to: 0 }, end: 0 };
  let quotes = 0;
  for (let at = start; at < length; at += 4) {
    const four = words.getInt32(at, true);
    const quoted = (HIGH - (four ^ QUOTES)) & HIGH;
    let brackets = (HIGH - ((four | ANY) ^ BRACKETS)) & HIGH;
    while (brackets !== 0) {
      const lowest = brackets & -brackets;
      brackets ^= lowest;
      if (isOdd(quotes ^ (quoted & (lowest - 1)))) continue;
      if (!takeBracket(found, at + 3 - (Math.clz32(lowest) >> 3), labelled)) return undefined;
      if (found.end > 0) return found.n > labelled ? found : undefined;
    }
    quotes ^= quoted;
  }
  return undefined;
}

/** Whether an odd number of the four bytes have their highest bit set. */
function isOdd(four: number): boolean {
  const two = four ^ (four >>> 16);
  return ((two ^ (two >>> 8)) & 0x80) !== 0;
}

/** One that is in no string. @returns false where no array of objects goes on so. */
function takeBracket(found: Actions, at: number, labelled: number): boolean {
  const bracket = line[at];
  if (bracket === OPEN_BRACE || bracket === OPEN_BRACKET) {
    if (found.depth === 1) {
      if (bracket !== OPEN_BRACE || next(found) !== at) return false;
      found.n++;
      found.from = at;
    }
    found.depth++;
  } else if (bracket === CLOSE_BRACE || bracket === CLOSE_BRACKET) {
    found.depth--;
    if (found.depth === 1) {
      found.to = at + 1;
      if (found.n === labelled + 1) found.kept = { from: found.from, to: at + 1 };
    } else if (found.depth === 0) {
      if (bracket !== CLOSE_BRACKET || skipSpace(found.to) !== at) return false;
      found.end = at + 1;
    }
  }
  return true;
}

/** Where the next action must start: behind the first bracket, or behind one comma. */
function next({ n, to }: Actions): number {
  const at = skipSpace(to);
  if (n === 0) return at;
  return line[at] === COMMA ? skipSpace(at + 1) : -1;
}

function skipSpace(from: number): number {
  let i = from;
  while (line[i] <= SPACE && i < line.length) i++;
  return i;
}
