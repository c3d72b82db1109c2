/** What every format of logs must keep to. `examples` are decisions that the format can hold whole. */
import { describe, expect, it } from "vitest";
import type { LoggedDecision } from "../../../src/core/formats/decision.ts";
import type { BadEntry, FileEntry, FileFormat, ReaderOptions } from "../../../src/core/formats/format.ts";
import { formatOf } from "../../../src/core/formats/formats.ts";

export const options: ReaderOptions = { now: Date.UTC(2026, 0, 1), futureSkewMaxMs: 300_000 };

export interface Told {
  readonly entries: FileEntry[];
  readonly refused: { readonly lineNumber: number; readonly code: string; readonly message: string }[];
}

/** Reads text as files are read: blank lines are left out, line numbers are not. */
export function readText(format: FileFormat, text: string): Told {
  const reader = format.reader(options);
  const told: Told = { entries: [], refused: [] };
  const lines = text.split("\n");
  const take = (outcomes: readonly (FileEntry | BadEntry)[]) => {
    for (const outcome of outcomes) {
      if (outcome.kind !== "bad") told.entries.push(outcome);
      else
        told.refused.push({ lineNumber: outcome.lineNumber, code: outcome.error.code, message: outcome.error.message });
    }
  };
  lines.forEach((line, i) => {
    if (line.trim() !== "") take(reader.line(line, i + 1));
  });
  take(reader.end());
  return told;
}

export function written(format: FileFormat, decisions: readonly LoggedDecision[]): string {
  const writer = format.writer();
  return decisions.map((decision) => writer.write({ kind: "decision", decision })).join("");
}

/** @param bad lines, or entries of several lines, that the format must refuse, by what is wrong with them. */
export function formatConformance(
  format: FileFormat,
  examples: readonly LoggedDecision[],
  bad: { readonly [what: string]: string },
): void {
  describe(`the format ${format.name}`, () => {
    const text = written(format, examples);
    const clean = readText(format, text);

    it("is told from its own first lines", () => {
      expect(formatOf(text.split("\n").slice(0, 5)).name).toBe(format.name);
    });

    it("reads without complaint what it wrote", () => {
      expect(clean.refused).toEqual([]);
      expect(clean.entries.length).toBeGreaterThan(0);
    });

    it("writes again, byte for byte, what it read", () => {
      const writer = format.writer();
      expect(clean.entries.map((entry) => writer.write(entry)).join("")).toBe(text);
    });

    for (const [what, line] of Object.entries(bad)) {
      it(`refuses ${what} by its line, and what follows is as without it`, () => {
        const told = readText(format, withBad(text, line));
        expect(told.entries).toEqual(clean.entries);
        expect(told.refused).toHaveLength(1);
        expect(told.refused[0].code).toMatch(/^CB_/);
        expect(told.refused[0].message).not.toContain("undefined");
      });
    }
  });
}

/** The bad lines after the first entry: after the first blank line where there are some, else after the second line. */
function withBad(text: string, bad: string): string {
  const blank = text.indexOf("\n\n");
  if (blank >= 0) return `${text.slice(0, blank + 2)}${bad}\n\n${text.slice(blank + 2)}`;
  const second = text.indexOf("\n", text.indexOf("\n") + 1);
  return `${text.slice(0, second + 1)}${bad}\n${text.slice(second + 1)}`;
}
