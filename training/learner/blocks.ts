/**
 * Sufficient statistics of a stretch of the log, as exact integer sums: Σ q·qᵀ (lower triangle), Σ q·r, Σ r², n.
 * Adding is order-free and exact; a block knows which log positions it covers so that a correction finds it.
 */

export interface Block {
  /** Log positions of the first and last `learn` operation in it. */
  readonly from: number;
  to: number;
  n: number;
  /** What its rows count since the change that was believed last; 1: it is newer. Its sums stay as they are. */
  weight: number;
  /** Number of rows learned before and in it, over the life of the log: its age. */
  lastRow: number;
  /** (d+1)(d+2)/2 sums, row by row of the lower triangle. */
  gram: Float64Array;
  moment: Float64Array;
  squares: number;
}

export const triangle = (order: number) => (order * (order + 1)) / 2;

export function emptyBlock(from: number, order: number): Block {
  return {
    from,
    to: from,
    n: 0,
    weight: 1,
    lastRow: 0,
    gram: new Float64Array(triangle(order)),
    moment: new Float64Array(order),
    squares: 0,
  };
}

/** Adds one row `times` (+1 or −1). Cost order²/2. */
export function addRow(block: Block, q: Float64Array, reward: number, times: 1 | -1): void {
  const { gram, moment } = block;
  let k = 0;
  for (let i = 0; i < q.length; i++) {
    const qi = q[i] * times;
    if (qi !== 0) {
      for (let j = 0; j <= i; j++) gram[k + j] += qi * q[j];
      moment[i] += qi * reward;
    }
    k += i + 1;
  }
  block.squares += times * reward * reward;
  block.n += times;
}

/** b += φ·Δr: the features of the row stay, its reward moves. */
export function correctRow(block: Block, q: Float64Array, before: number, after: number): void {
  for (let i = 0; i < q.length; i++) block.moment[i] += q[i] * (after - before);
  block.squares += after * after - before * before;
}

/** Room for more columns: their sums start at zero. */
export function widenBlock(block: Block, order: number): void {
  if (block.moment.length === order) return;
  const gram = new Float64Array(triangle(order));
  const moment = new Float64Array(order);
  gram.set(block.gram);
  moment.set(block.moment);
  block.gram = gram;
  block.moment = moment;
}

/** The sum of two neighbours, exactly what one pass over both would have given. */
export function mergeBlocks(a: Block, b: Block): Block {
  const gram = Float64Array.from(a.gram);
  const moment = Float64Array.from(a.moment);
  for (let k = 0; k < gram.length; k++) gram[k] += b.gram[k];
  for (let i = 0; i < moment.length; i++) moment[i] += b.moment[i];
  const { weight } = b;
  const n = a.n + b.n;
  return { from: a.from, to: b.to, n, weight, lastRow: b.lastRow, gram, moment, squares: a.squares + b.squares };
}

/** Most blocks of one size before the two oldest of it become one of twice the size. */
const PER_SIZE = 4;

/**
 * Keeps the number of blocks logarithmic in rows. Sizes are powers of two of `rows`, mostly oldest and largest first;
 * a block of another size between two of one size (long lists, rows not seen) goes with them. Blocks on both sides of
 * `boundary`, a log position, are never merged; those from before a change that was believed stay as they are.
 */
export function compactBlocks(blocks: Block[], rows: number, boundary: number = 0): void {
  const changed = blocks.findLastIndex(({ weight }) => weight !== 1) + 1;
  if (changed > 0) {
    const after = blocks.splice(changed);
    compactBlocks(after, rows, boundary);
    blocks.push(...after);
    return;
  }
  const start = blocks.findIndex(({ from }) => from >= boundary);
  if (start > 0) {
    const after = blocks.splice(start);
    compactBlocks(blocks, rows);
    compactBlocks(after, rows);
    blocks.push(...after);
    return;
  }
  for (let size = 0; size < 40; size++) {
    const same = blocks.flatMap((block, index) => (sizeClass(block, rows) === size ? [index] : []));
    if (same.length <= PER_SIZE) continue;
    const [a, b] = same;
    blocks.splice(a, b - a + 1, blocks.slice(a, b + 1).reduce(mergeBlocks));
  }
}

function sizeClass(block: Block, rows: number): number {
  return Math.max(0, Math.round(Math.log2(block.n / rows)));
}

/**
 * A change is believed: all rows so far count together as much as `rows` of them, blocks of less than one row's weight
 * go. Rows that come begin a new block.
 */
export function discountBlocks(blocks: Block[], rows: number): Block[] {
  const total = blocks.reduce((sum, { n, weight }) => sum + n * weight, 0);
  const keep = Math.min(1 / 2, rows / total);
  return blocks.flatMap((block) => {
    const weight = block.weight * keep;
    return weight * block.n < 1 ? [] : [{ ...block, weight }];
  });
}
