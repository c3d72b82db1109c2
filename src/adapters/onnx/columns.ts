/** The columns that a model reads out of the columns that the encoder gives. */

/**
 * n × `centre.length` values of n × `columns`: the schema of a policy only grows, so a model reads the first columns;
 * columns that the encoder does not have yet get the model's centre, which is phi 0. No copy when the widths agree.
 */
export function fitColumns(
  dense: Float32Array,
  shape: { readonly n: number; readonly columns: number },
  centre: Float32Array,
): Float32Array {
  const { n, columns } = shape;
  const width = centre.length;
  if (columns === width) return dense.length === n * width ? dense : dense.subarray(0, n * width);
  const fitted = new Float32Array(n * width);
  const common = Math.min(columns, width);
  for (let row = 0; row < n; row++) {
    const to = row * width;
    for (let i = 0; i < common; i++) fitted[to + i] = dense[row * columns + i];
    for (let i = common; i < width; i++) fitted[to + i] = centre[i];
  }
  return fitted;
}
