/** The table of formats, and how a file's own is told from its first lines. */
import { BrigandError } from "../errors.ts";
import { dsjson } from "./dsjson.ts";
import type { FileFormat } from "./format.ts";
import { jsonl } from "./jsonl.ts";
import { metarank } from "./metarank.ts";
import { obp } from "./obp.ts";
import { vw } from "./vw.ts";

/** In the order in which they are tried. */
export const formats: readonly FileFormat[] = [jsonl, metarank, dsjson, obp, vw];

export const formatNames: readonly string[] = formats.map(({ name }) => name);

/** @throws CB_FORMAT_UNKNOWN, naming the known ones */
export function formatNamed(name: string): FileFormat {
  const found = formats.find((format) => format.name === name);
  if (found !== undefined) return found;
  throw new BrigandError("CB_FORMAT_UNKNOWN", { problem: `"${name}" is none`, known: formatNames.join(", ") });
}

/**
 * The format of a file that begins with these lines (blank ones left out). A first line that is bad does not hide it.
 * @throws CB_FORMAT_UNKNOWN
 */
export function formatOf(lines: readonly string[]): FileFormat {
  for (let i = 0; i < lines.length; i++) {
    const value = jsonAt(lines[i]);
    const found = formats.find((format) => format.recognises(lines.slice(i), value));
    if (found !== undefined) return found;
  }
  throw new BrigandError("CB_FORMAT_UNKNOWN", {
    problem: "the first lines are like none",
    known: formatNames.join(", "),
  });
}

function jsonAt(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
