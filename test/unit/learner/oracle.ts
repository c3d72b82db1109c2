/** Ridge regression once more, by other means: normal equations in plain arrays and Gauss-Jordan elimination. */

/** Weights that minimise Σ (y − w·x)² + Σ ridge_j·w_j². */
export function ridge(rows: readonly { x: readonly number[]; y: number }[], penalty: readonly number[]): number[] {
  const n = penalty.length;
  const table = penalty.map((p, i) =>
    Array.from({ length: n + 1 }, (_, j) => {
      let sum = i === j ? p : 0;
      for (const { x, y } of rows) sum += x[i] * (j === n ? y : x[j]);
      return sum;
    }),
  );
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column; i < n; i++) if (Math.abs(table[i][column]) > Math.abs(table[pivot][column])) pivot = i;
    [table[column], table[pivot]] = [table[pivot], table[column]];
    const head = table[column][column];
    for (let j = 0; j <= n; j++) table[column][j] /= head;
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const factor = table[i][column];
      for (let j = 0; j <= n; j++) table[i][j] -= factor * table[column][j];
    }
  }
  return table.map((row) => row[n]);
}
