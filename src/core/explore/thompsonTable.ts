/**
 * The quadrature behind `thompson`. With Xᵢ ~ N(μᵢ, sᵢ²) independent and some items left,
 *
 *   P(i is the largest left) = ∫ fᵢ(x) Π_{j ≠ i} Φⱼ(x) dx = ∫ hᵢ(x) Π_j Φⱼ(x) dx,     hᵢ = fᵢ/Φᵢ
 *
 * Below the largest lower end μ − 7.5 s among the items left the product is under 4e-14: nothing is lost there. So items
 * are grouped by their lower ends, from the top: a group spans at most SPAN times the narrowest s in it, and its table
 * begins at the group's lower edge, the anchor. It is used once all groups above have been taken. Then every item that reaches above the anchor has |μ − anchor| ≤ (7.5 + SPAN) s: it is resolved to
 * rounding, however far apart the scores are, and the narrowest s that reaches above t never shrinks as t grows.
 *
 * Nodes are 16-point Gauss–Legendre rules on panels, each 1.5 to 3 times as wide as the narrowest s that reaches above
 * its lower end. Panels hold Φ and h of the items that reach into them and are filled when first asked for. All of it
 * depends on the scores and the group alone: one table serves slot after slot until the group has been taken.
 */
import { NODES_16, WEIGHTS_16 } from "../math/gaussLegendre.ts";
import { erfNearZero, scaledTail, TAIL_FROM } from "../math/normal.ts";

/** Beyond this many s a normal law has less than 4e-14. */
export const REACH = 7.5;
export const ORDER = NODES_16.length;
const SPAN = 12;
/** Widths of a panel in units of s, by the number of items: the largest of many varies less than each of them. */
const PANELS: readonly (readonly [number, number])[] = [
  [16, 3],
  [32, 2.5],
  [128, 2],
  [Number.POSITIVE_INFINITY, 1.5],
];
/** From FLAT + 1 widths above its mean on, an item varies by so little that its panels may grow with the distance. */
const FLAT = 2;
const INV_SQRT_TAU = 1 / Math.sqrt(2 * Math.PI);

/** What a table is made of; n numbers each. */
export interface Normals {
  readonly mean: Float32Array;
  /** > 0. */
  readonly s: Float64Array;
}

/** Work space of the law in use: a draw runs to its end without giving way. Positions are relative to the anchor. */
const table = {
  normals: undefined as Normals | undefined,
  /** Each item's group, 1, 2, …, from the top; 0 while it is in none. */
  group: new Int32Array(256),
  current: 0,
  /** The item of the current group with the largest lower end; the anchor is `span` below that. */
  head: -1,
  span: 0,
  /** The items that reach above the anchor, and to where. */
  contenders: 0,
  item: new Int32Array(256),
  upper: new Float64Array(256),
  /** Lower end and width of each panel, from below; where its numbers start, −1 while it has none. */
  panels: 0,
  from: new Float64Array(64),
  size: new Float64Array(64),
  start: new Int32Array(64),
  /** ORDER numbers for each contender that reaches into the panel, in order. */
  used: 0,
  cdf: new Float64Array(16_384),
  hazard: new Float64Array(16_384),
};
export type Table = typeof table;

/** The table of the first group that is not all taken: as it is, or made anew. Cost: three passes over the items a group. */
export function tableOf(normals: Normals, taken: Uint8Array): Table {
  const n = normals.s.length;
  let first = table.normals === normals ? firstGroupLeft(n, taken) : -1;
  if (first === table.current) return table;
  if (first !== 0) begin(normals);
  do {
    nextGroup(normals);
    first = firstGroupLeft(n, taken);
  } while (first === 0);
  findContenders(normals);
  placePanels(normals);
  return table;
}

function begin(normals: Normals): void {
  const n = normals.s.length;
  if (table.item.length < n) {
    table.item = new Int32Array(2 * n);
    table.group = new Int32Array(2 * n);
    table.upper = new Float64Array(2 * n);
  }
  table.normals = normals;
  table.current = 0;
  table.group.fill(0, 0, n);
}

/** 0 where all items left are in no group yet. */
function firstGroupLeft(n: number, taken: Uint8Array): number {
  let first = 0;
  for (let i = 0; i < n; i++) {
    const group = table.group[i];
    if (taken[i] === 0 && group > 0 && (first === 0 || group < first)) first = group;
  }
  return first;
}

/** The items in no group yet whose lower ends come next. */
function nextGroup(normals: Normals): void {
  const { s } = normals;
  const { group } = table;
  let head = -1;
  for (let i = 0; i < s.length; i++) if (group[i] === 0 && (head < 0 || aboveBy(normals, i, head) > 0)) head = i;
  const widest = SPAN * s[head];
  let narrowest = s[head];
  for (let i = 0; i < s.length; i++) {
    if (group[i] === 0 && aboveBy(normals, i, head) >= -widest) narrowest = Math.min(narrowest, s[i]);
  }
  table.current++;
  table.head = head;
  table.span = SPAN * narrowest;
  group[head] = table.current;
  for (let i = 0; i < s.length; i++) {
    if (group[i] === 0 && aboveBy(normals, i, head) >= -table.span) group[i] = table.current;
  }
}

/** How far the lower end of item i lies above that of j; differences of float32 come first, so ties are ties. */
function aboveBy({ mean, s }: Normals, i: number, j: number): number {
  return mean[i] - mean[j] - REACH * (s[i] - s[j]);
}

/** μ from the anchor on; the difference of two float32 is taken before anything is rounded. */
function offsetOf({ mean, s }: Normals, i: number): number {
  return mean[i] - mean[table.head] + (REACH * s[table.head] + table.span);
}

/** Items of this group and those in none yet that reach above the anchor; those of groups before are taken. */
function findContenders(normals: Normals): void {
  let count = 0;
  for (let i = 0; i < normals.s.length; i++) {
    if (table.group[i] !== 0 && table.group[i] !== table.current) continue;
    const upper = offsetOf(normals, i) + REACH * normals.s[i];
    if (!(upper > 0)) continue;
    table.item[count] = i;
    table.upper[count++] = upper;
  }
  table.contenders = count;
}

/** From the anchor upwards until nobody reaches further; none is filled yet. */
function placePanels({ s }: Normals): void {
  table.panels = 0;
  table.used = 0;
  let from = 0;
  const [, size] = PANELS.find(([most]) => table.contenders <= most) ?? PANELS[0];
  for (;;) {
    let narrowest = Number.POSITIVE_INFINITY;
    let top = from;
    for (let c = 0; c < table.contenders; c++) {
      if (!(table.upper[c] > from)) continue;
      const width = s[table.item[c]];
      const z = REACH - (table.upper[c] - from) / width;
      narrowest = Math.min(narrowest, width * Math.max(1, z - FLAT));
      top = Math.max(top, table.upper[c]);
    }
    if (!(top > from)) return;
    // No s that reaches above `from` is below from/27, but where widths are lost beside the scores' own rounding.
    const step = Math.min(size * Math.max(narrowest, from / 32), top - from);
    if (table.panels === table.from.length) growPanels();
    table.from[table.panels] = from;
    table.size[table.panels] = step;
    table.start[table.panels++] = -1;
    from += step;
  }
}

/** Φ and h of every contender that reaches into the panel; nothing where that is done. */
export function fillPanel(panel: number): void {
  if (table.start[panel] >= 0) return;
  const { normals, from, size, contenders } = table;
  if (normals === undefined) return;
  table.start[panel] = table.used;
  for (let c = 0; c < contenders; c++) {
    if (!(table.upper[c] > from[panel])) continue;
    if (table.cdf.length < table.used + ORDER) growNumbers();
    const half = size[panel] / 2;
    fillItem(normals, table.item[c], { middle: from[panel] + half, half });
    table.used += ORDER;
  }
}

/** Weight of node k in a panel. */
export function weightOf(panel: number, k: number): number {
  return (table.size[panel] / 2) * WEIGHTS_16[k];
}

/** One exp a node. h keeps its digits however small f and Φ are. */
function fillItem(normals: Normals, i: number, panel: { readonly middle: number; readonly half: number }): void {
  const { cdf, hazard, used } = table;
  const scale = Math.SQRT1_2 / normals.s[i];
  const peak = INV_SQRT_TAU / normals.s[i];
  const middle = (panel.middle - offsetOf(normals, i)) * scale;
  const half = panel.half * scale;
  for (let k = 0; k < ORDER; k++) {
    const y = middle + half * NODES_16[k];
    const bell = Math.exp(-y * y);
    if (y < -TAIL_FROM) {
      const tail = scaledTail(-y);
      cdf[used + k] = 0.5 * bell * tail;
      hazard[used + k] = (2 * peak) / tail;
    } else {
      const below = y > TAIL_FROM ? 1 - 0.5 * bell * scaledTail(y) : 0.5 + 0.5 * erfNearZero(y);
      cdf[used + k] = below;
      hazard[used + k] = (peak * bell) / below;
    }
  }
}

function growPanels(): void {
  const length = 2 * table.from.length;
  table.from = wider(table.from, length);
  table.size = wider(table.size, length);
  const start = new Int32Array(length);
  start.set(table.start);
  table.start = start;
}

function growNumbers(): void {
  const length = 2 * table.cdf.length;
  table.cdf = wider(table.cdf, length);
  table.hazard = wider(table.hazard, length);
}

function wider(old: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const wide = new Float64Array(length);
  wide.set(old);
  return wide;
}
