/** Declared features of the items as what the tower reads: tokens that recur, numbers that many have. */
import type { ItemId } from "../../src/core/domain.ts";
import { NUMBER_CLIP, type VectorsValue } from "../../src/core/embed/vectors.ts";
import type { CatalogueItem } from "../../src/core/features/catalogue.ts";
import type { Vocabulary } from "../../src/core/features/vocabulary.ts";

/** Content of items as the writer knows it at some place of the log. */
export interface Declared {
  readonly items: ReadonlyMap<ItemId, Pick<CatalogueItem, "numbers" | "tokens">>;
  readonly vocabulary: Vocabulary;
}

/** A sparse matrix, items × inputs, in order of items: `inputs` tokens, then two of each number, then the constant. */
export interface Content extends Pick<VectorsValue, "fields" | "tokens" | "numbers"> {
  readonly inputs: number;
  readonly item: Int32Array;
  readonly input: Int32Array;
  readonly weight: Float32Array;
}

export const TOWER_TOKENS_MAX = 4_096;
const TOWER_NUMBERS_MAX = 64;

/** @param ids rows of the matrix; items without content have the constant alone. */
export function contentOf(ids: readonly ItemId[], { items, vocabulary }: Declared): Content {
  const known = ids.map((id) => items.get(id));
  const tokens = frequentTokens(known, vocabulary);
  const rowOf = new Map(tokens.map((token, row) => [token, row]));
  const numbers = numbersOf(known, vocabulary);
  const entries: { item: number; input: number; weight: number }[] = [];
  known.forEach((content, item) => {
    for (const list of content?.tokens.values() ?? []) {
      for (const token of list) {
        const input = rowOf.get(token);
        if (input !== undefined) entries.push({ item, input, weight: 1 / Math.sqrt(list.length) });
      }
    }
    numbers.forEach(({ field, centre, scale }, f) => {
      const value = content?.numbers.get(field);
      if (value === undefined || Number.isNaN(value)) return;
      const x = Math.max(-NUMBER_CLIP, Math.min(NUMBER_CLIP, (value - centre) * scale));
      const input = tokens.length + 2 * f;
      entries.push({ item, input, weight: x }, { item, input: input + 1, weight: x * x - 1 });
    });
    entries.push({ item, input: tokens.length + 2 * numbers.length, weight: 1 });
  });
  const fields = vocabulary.tokenFields.map(({ name }) => name);
  return {
    fields,
    tokens: tokens.map((token) => [vocabulary.tokenFieldOf[token], vocabulary.tokenNames[token]]),
    numbers: numbers.map(({ name, centre, scale }) => ({ name, centre, scale })),
    inputs: tokens.length + 2 * numbers.length + 1,
    item: Int32Array.from(entries, (entry) => entry.item),
    input: Int32Array.from(entries, (entry) => entry.input),
    weight: Float32Array.from(entries, (entry) => entry.weight),
  };
}

type Known = readonly (Pick<CatalogueItem, "numbers" | "tokens"> | undefined)[];

/** Of at least two of the items, the most frequent first; text that names one item says nothing about others. */
function frequentTokens(known: Known, vocabulary: Vocabulary): number[] {
  const counts = new Map<number, number>();
  for (const content of known)
    for (const list of content?.tokens.values() ?? [])
      for (const token of list) counts.set(token, (counts.get(token) ?? 0) + 1);
  return [...counts]
    .filter(([token, n]) => n >= 2 && token < vocabulary.tokenNames.length)
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, TOWER_TOKENS_MAX)
    .map(([token]) => token);
}

function numbersOf(known: Known, vocabulary: Vocabulary) {
  return vocabulary.numberFields
    .slice(0, 512)
    .flatMap(({ name }, field) => {
      const values = known.flatMap((content) => {
        const value = content?.numbers.get(field);
        return value === undefined || Number.isNaN(value) ? [] : [value];
      });
      if (values.length < Math.max(2, known.length / 20)) return [];
      const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
      const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length);
      return sd > 1e-6 * (1 + Math.abs(centre)) ? [{ name, field, centre, scale: 1 / sd }] : [];
    })
    .slice(0, TOWER_NUMBERS_MAX);
}
