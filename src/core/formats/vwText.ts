/**
 * Parts of Vowpal Wabbit's text format: `label tag|namespace name:value …|…`. A string feature F of value V is the name
 * `F=V`, as VW's users write it; characters that the format gives a meaning are percent-encoded in names.
 */
import type { Features, Json } from "../domain.ts";
import { flatten } from "../features/flatten.ts";
import { wrongIn } from "./decision.ts";

/** What stands before the first bar, and the features after it. */
export interface VwLine {
  readonly label: readonly string[];
  readonly tag: string | undefined;
  readonly features: Features;
}

/** @throws CB_FORMAT_LINE_INVALID for a value that is no finite number */
export function parseVwLine(text: string): VwLine {
  const bar = text.indexOf("|");
  const before = (bar < 0 ? text : text.slice(0, bar)).split(/[ \t]+/).filter((word) => word !== "");
  // A word that touches the bar is a tag, and so is one after an apostrophe.
  const touches = bar > 0 && !/[ \t]/.test(text[bar - 1]) && before.length > 0;
  const quoted = before.at(-1)?.startsWith("'") === true;
  const told = touches || quoted ? before.pop() : undefined;
  const tag = told === undefined ? undefined : decoded(told.replace(/^'/, ""));
  const features: { [name: string]: Json } = {};
  if (bar >= 0) for (const part of text.slice(bar + 1).split("|")) namespace(part, features);
  return { label: before, tag: tag === "" ? undefined : tag, features };
}

/** A namespace's features join the object of its name; without a name they stand beside the namespaces. */
function namespace(part: string, features: { [name: string]: Json }): void {
  const words = part.split(/[ \t]+/).filter((word) => word !== "");
  const named = part.length > 0 && !/^[ \t]/.test(part);
  const [name, weight] = named ? split(words[0]) : [undefined, 1];
  const own: { [name: string]: Json } = {};
  for (let i = named ? 1 : 0; i < words.length; i++) add(own, words[i], weight);
  const into = name === undefined ? features : under(features, decoded(name));
  for (const key of Object.keys(own)) into[key] = own[key];
}

function under(features: { [name: string]: Json }, name: string): { [name: string]: Json } {
  const inner: { [name: string]: Json } = {};
  const known = features[name];
  if (typeof known === "object" && known !== null && !Array.isArray(known)) Object.assign(inner, known);
  features[name] = inner;
  return inner;
}

/** Of several strings of one name all count; of several numbers the last. */
function add(own: { [name: string]: Json }, word: string, weight: number): void {
  const [name, value, told] = split(word);
  const equals = name.indexOf("=");
  if (equals <= 0 || told) {
    own[decoded(name)] = value * weight;
    return;
  }
  const key = decoded(name.slice(0, equals));
  const text = decoded(name.slice(equals + 1));
  const known = own[key];
  own[key] = Array.isArray(known) ? [...known, text] : typeof known === "string" ? [known, text] : text;
}

/** name:value → both, and whether a value was told. */
function split(word: string): [name: string, value: number, told: boolean] {
  const colon = word.lastIndexOf(":");
  if (colon < 0) return [safe(word), 1, false];
  const value = Number(word.slice(colon + 1));
  if (colon === word.length - 1 || !Number.isFinite(value))
    throw wrongIn("A feature's value", "a finite number", word.slice(colon + 1));
  return [safe(word.slice(0, colon)), value, true];
}

function safe(name: string): string {
  if (name === "__proto__") throw wrongIn("A feature's name", "another word", name);
  return name;
}

const ENCODED = /[\s|:'=%]/g;
const encode = (character: string) => `%${character.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`;

/** One word of the format. White space beyond ASCII is one too, written as UTF-16 of four digits would not be read. */
export function encoded(name: string): string {
  return name.replace(ENCODED, (character) => (character.charCodeAt(0) < 256 ? encode(character) : "_"));
}

/** Takes back `encoded`; what is no such code stays as it is. */
function decoded(word: string): string {
  if (!word.includes("%")) return word;
  return word.replace(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Namespaces of features: objects have one each, what stands beside them shares one without a name. */
export function vwFeatures(features: Features): string {
  const beside: string[] = [];
  const parts: string[] = [];
  for (const name of Object.keys(features)) {
    const value = features[name];
    if (isNamespace(value)) {
      const words: string[] = [];
      flatten(value, leaves(words));
      parts.push(`|${encoded(name)} ${words.join(" ")}`);
    } else flatten({ [name]: value }, leaves(beside));
  }
  return [...(beside.length > 0 || parts.length === 0 ? [`| ${beside.join(" ")}`] : []), ...parts].join(" ").trimEnd();
}

function isNamespace(value: Json): value is Features {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function leaves(words: string[]) {
  return {
    number: (field: string, value: number) => void words.push(`${encoded(field)}:${value}`),
    token: (field: string, value: string) => void words.push(`${encoded(field)}=${encoded(value)}`),
  };
}
