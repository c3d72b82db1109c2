/** Pieces that several parts share: figures with their table, tables, tiles, notes. */
import type { ChartName } from "../../../ports/insight.ts";
import { type Html, html, type Value } from "../html.ts";
import type { PageView } from "../view.ts";

/** A part that is brought up to date by itself: the script replaces it when it has changed. */
export function part(id: string, content: Value): Html {
  return html`<section id="${id}" data-part>${content}</section>`;
}

export interface FigureParts {
  readonly name: ChartName;
  readonly alt: string;
  /** The result in words. */
  readonly caption: Value;
  readonly table: Html;
  readonly height: { readonly wide: number; readonly narrow: number };
}

/** A chart as an image of its own, in the reader's colours and width, its result in words, its numbers in a table. */
export function figure(view: PageView, { name, alt, caption, table, height }: FigureParts): Html {
  const { overview, theme } = view;
  const stamp = `${overview?.counts.decisions ?? 0}-${overview?.last.commitAt ?? 0}`;
  const source = (look: "light" | "dark", size: "wide" | "narrow") =>
    `/charts/${view.policy}/${name}.svg?range=${view.range}&theme=${look}&size=${size}&v=${stamp}`;
  const themed = (size: "wide" | "narrow", media: string) =>
    theme === "auto" &&
    html`<source media="${media}(prefers-color-scheme: dark)" srcset="${source("dark", size)}" width="${size === "wide" ? 960 : 390}" height="${height[size]}">`;
  const plain = theme === "dark" ? "dark" : "light";
  return html`<figure>
<picture>${themed("narrow", "(max-width: 640px) and ")}<source media="(max-width: 640px)" srcset="${source(plain, "narrow")}" width="390" height="${height.narrow}">${themed("wide", "")}<img src="${source(plain, "wide")}" alt="${alt}" width="960" height="${height.wide}" loading="lazy" decoding="async"></picture>
<figcaption>${caption}</figcaption>
<details data-keep="${name}"><summary>The numbers as a table</summary>${table}</details>
</figure>`;
}

export interface Column {
  readonly title: string;
  /** Right-aligned, tabular figures. */
  readonly number?: boolean;
  /** Prose or a list of items: kept broad enough to be read where the table is too wide for the screen. */
  readonly wide?: boolean;
}

/** A table that scrolls sideways by itself where it is too wide. @param label names it for those who do not see it */
export function table(label: string, columns: readonly Column[], rows: readonly (readonly Value[])[]): Html {
  const cell = (value: Value, index: number) => html`<td${kindOf(columns[index])}>${value}</td>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${columns.map((column) => html`<th scope="col"${kindOf(column)}>${column.title}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody>
</table></div>`;
}

function kindOf({ number, wide }: Column): Html | undefined {
  if (number === true) return html` class="number"`;
  return wide === true ? html` class="wide"` : undefined;
}

/** A number that stands alone, with what it is and one line about it. */
export function tile(title: string, value: Value, note?: Value): Html {
  return html`<div class="tile"><dt>${title}</dt><dd>${value}${note !== undefined && html`<small>${note}</small>`}</dd></div>`;
}

/** Where nothing can be shown: what is missing, and what brings it. */
export function empty(title: string, text: Value): Html {
  return html`<div class="empty"><p class="empty-title">${title}</p><p>${text}</p></div>`;
}
