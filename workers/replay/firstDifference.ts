/** Where two plain values part, for the one who has to find out why. */

/** Path of the first value that differs and both values, e.g. "join.counts.rewards: 7 ≠ 8"; undefined for equal ones. */
export function firstDifference(a: unknown, b: unknown, path = ""): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null)
    return `${path}: ${String(a)} ≠ ${String(b)}`;
  const [left, right] = [entriesOf(a), entriesOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [mine, other] = [left[i], right[i]];
    if (mine === undefined || other === undefined) return `${path}: ${left.length} entries ≠ ${right.length}`;
    if (mine[0] !== other[0]) return `${path}: key ${String(mine[0])} ≠ ${String(other[0])}`;
    const found = firstDifference(mine[1], other[1], path === "" ? String(mine[0]) : `${path}.${String(mine[0])}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** In order, because the bytes of a state keep it; what is undefined is not in the bytes. */
function entriesOf(value: object): [unknown, unknown][] {
  if (value instanceof Map) return [...value];
  if (value instanceof Set) return [...value].map((item, index) => [index, item]);
  return Object.entries(value).filter(([, item]) => item !== undefined);
}
