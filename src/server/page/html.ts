/**
 * HTML by construction: `html` escapes every value that is not HTML already, so that text from outside stays text.
 * There is no way to make HTML from a string but to write it as a template in the source.
 */

/** Finished HTML; only `html` makes it. */
export class Html {
  readonly text: string;
  private constructor(text: string) {
    this.text = text;
  }

  /** For `html` alone. */
  static of(strings: TemplateStringsArray, values: readonly Value[]): Html {
    return new Html(strings.reduce((text, part, index) => text + textOf(values[index - 1]) + part));
  }
}

/** What a template takes: text and numbers are escaped, lists are joined, false and undefined are nothing. */
export type Value = Html | string | number | undefined | null | false | readonly Value[];

const ENTITIES: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/** A template of HTML; values may stand in text and in quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return Html.of(strings, values);
}

function textOf(value: Value): string {
  if (value === undefined || value === null || value === false) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return escaped(value);
  return value.map(textOf).join("");
}

/** Characters that begin markup or end an attribute; and control characters, which no document may hold. */
function escaped(text: string): string {
  return text.replace(
    /[&<>"'`]|\p{Cc}/gu,
    (character) => ENTITIES[character] ?? (SPACES.includes(character) ? character : "\ufffd"),
  );
}

const SPACES = "\t\n\r";
