/** Source text as the style test reads it. */

/** Characters after which a slash begins a regular expression and not a division. */
const BEFORE_REGEX = /(^|[(,=:[!&|?{};+<>~^%*-]|\b(?:return|case|typeof|of|in))\s*$/;

/** One thing at a time that is not code: comments, quoted text, regular expressions. Sticky, tried in this order. */
const notCode: readonly RegExp[] = [
  /\/\/[^\n]*/y,
  /\/\*[\s\S]*?\*\//y,
  /"(?:\\.|[^"\\\n])*"/y,
  /'(?:\\.|[^'\\\n])*'/y,
  /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y,
];

/**
 * The text with comments, quoted text and regular expressions blanked out, line numbers and columns kept; what stands
 * in a template literal outside ${…} is blanked too. Good enough for code that compiles; not a parser.
 */
export function codeOnly(text: string): string {
  let out = "";
  let at = 0;
  /** Depth of braces at which each template's ${ was opened; -1 inside the template's own text. */
  const templates: number[] = [];
  let depth = 0;
  while (at < text.length) {
    const inTemplate = templates.at(-1) === -1;
    const char = text[at] ?? "";
    const skipped = inTemplate ? templateText(text, at) : skip(text, at, out);
    if (skipped > 0) {
      out += blank(text.slice(at, at + skipped));
      at += skipped;
      continue;
    }
    if (char === "`") inTemplate ? templates.pop() : templates.push(-1);
    else if (inTemplate) templates[templates.length - 1] = depth++;
    else if (char === "{") depth++;
    else if (char === "}" && templates.at(-1) === --depth) templates[templates.length - 1] = -1;
    const width = inTemplate && char === "$" ? 2 : 1;
    out += text.slice(at, at + width);
    at += width;
  }
  return out;
}

/** Length of the template's own text from here: up to ${ or the closing backtick. */
function templateText(text: string, at: number): number {
  const pattern = /(?:\\[\s\S]|\$(?!\{)|[^`$\\])*/y;
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function skip(text: string, at: number, before: string): number {
  for (const pattern of notCode) {
    if (pattern === notCode.at(-1) && !BEFORE_REGEX.test(before.slice(-40))) continue;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return match[0].length;
  }
  return 0;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** Functions longer than the cap, by the line of their header. Relies on formatted code: a body ends at its indentation. */
export function longFunctions(code: string, linesMax: number): { readonly line: number; readonly lines: number }[] {
  const lines = code.split("\n");
  return lines.flatMap((line, index) => {
    if (!isHeader(line.trim())) return [];
    const indent = line.length - line.trimStart().length;
    const end = lines.findIndex((other, at) => at > index && closes(other, indent));
    const length = end - index + 1;
    return length > linesMax ? [{ line: index + 1, lines: length }] : [];
  });
}

function isHeader(line: string): boolean {
  if (/^(?:\}\s*)?(?:if|else|for|while|switch|catch|do|try|with)\b/.test(line)) return false;
  return /(?:\)|\)\s*:.+|=>)\s*\{$/.test(line);
}

function closes(line: string, indent: number): boolean {
  return line.startsWith("}", indent) && line.slice(0, indent).trim() === "" && !line.trimEnd().endsWith("{");
}
