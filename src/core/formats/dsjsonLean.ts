/**
 * Decision-service lines for those who need only what was shown: the other actions become `{}` before the text is
 * parsed, which spares most of the work. Parts left out are looked at for their brackets and strings alone.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Where a value starts and ends in the text. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The line with `{}` in place of each action but the labelled one; the line itself where it has no `_labelIndex` before
 * its context or is not of the usual shape. Cost: about 2 ns a character, one pass.
 */
export function leanLine(text: string): string {
  const label = /^\s*\{[^{}[\]]*?"_labelIndex"\s*:\s*(\d{1,4})\s*,/.exec(text);
  const multi = text.indexOf('"_multi"');
  if (label === null || multi < 0 || inString(text, multi)) return text;
  const colon = skipSpace(text, multi + '"_multi"'.length);
  const from = skipSpace(text, colon + 1);
  if (text.charCodeAt(colon) !== COLON || text.charCodeAt(from) !== OPEN_BRACKET) return text;
  const actions = elementsOf(text, from);
  const action = actions?.[Number(label[1])];
  if (actions === undefined || action === undefined) return text;
  const others = actions.length - 1 - Number(label[1]);
  const kept = text.slice(action.from, action.to);
  const end = skipSpace(text, actions[actions.length - 1].to) + 1;
  return `${text.slice(0, from)}[${"{},".repeat(Number(label[1]))}${kept}${",{}".repeat(others)}]${text.slice(end)}`;
}

/** Whether a quote at `at` opens nothing because a backslash or a string is around it: then somebody else must read. */
function inString(text: string, at: number): boolean {
  let i = 0;
  while (i < at) {
    const quote = text.indexOf('"', i);
    if (quote >= at) return false;
    i = skipString(text, quote);
  }
  return i > at;
}

function elementsOf(text: string, start: number): Span[] | undefined {
  const elements: Span[] = [];
  for (let from = skipSpace(text, start + 1); ; ) {
    if (text.charCodeAt(from) !== OPEN_BRACE) return undefined;
    const to = skipValue(text, from);
    if (to <= from) return undefined;
    elements.push({ from, to });
    const next = skipSpace(text, to);
    if (text.charCodeAt(next) === CLOSE_BRACKET) return elements;
    if (text.charCodeAt(next) !== COMMA) return undefined;
    from = skipSpace(text, next + 1);
  }
}

/** Just behind the object that starts at `from`; `from` itself where it never ends. */
function skipValue(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === QUOTE) i = skipString(text, i) - 1;
    else if (character === OPEN_BRACE || character === OPEN_BRACKET) depth++;
    else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
      if (--depth === 0) return i + 1;
    }
  }
  return from;
}

/** Just behind the closing quote, or behind the text where there is none. */
function skipString(text: string, quote: number): number {
  for (let from = quote + 1; ; ) {
    const end = text.indexOf('"', from);
    if (end < 0) return text.length + 1;
    if (text.charCodeAt(end - 1) !== BACKSLASH) return end + 1;
    let backslashes = 1;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end + 1;
    from = end + 1;
  }
}

function skipSpace(text: string, from: number): number {
  let i = from;
  while (text.charCodeAt(i) <= 0x20) i++;
  return i;
}
