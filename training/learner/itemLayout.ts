/**
 * What an item's own coefficients stand on: a constant, the request's own columns, random Fourier features of them.
 * Fixed within a feature epoch.
 */
import { OWN_ITEMS_MAX } from "../../src/core/model/manifest.ts";
import { addFourier, type Fourier, fourierOf, unitsOf } from "./fourier.ts";
import { phi, type Scale, UNIT } from "./scale.ts";

/** Memory of the sums and caches of all items together: of a checkpoint too, and half of it of a model. */
export const OWN_BYTES_MAX = 16 * 1024 * 1024;
export const FEATURES_MAX = 256;
const FEATURES_MIN = 16;
/** Random features by column of the request. */
const FEATURES_PER_COLUMN = 16;
/** What draws the random features. */
export const FOURIER_SEED = 1;

export interface OwnLayout {
  /** Log position of the last row before it: older rows are not in the sums, unless they were folded again. */
  readonly from: number;
  /** Indices of the request's own columns that vary. */
  readonly columns: Int32Array;
  readonly fourier: Fourier;
  /** Most items that have coefficients of their own. */
  readonly itemsMax: number;
}

export function ownColumns(columns: readonly string[], scale: Scale): Int32Array {
  return Int32Array.from(
    columns.flatMap((name, j) => (name.startsWith("request:") && scale.scale[j] !== 0 ? [j] : [])),
  );
}

export interface LayoutStart {
  readonly from: number;
  /** Number of items known. */
  readonly items: number;
  /** The columns' values in rows so far, in units of φ, as `standardised` gives them. */
  readonly seen: readonly Float64Array[];
}

/** As many random features as fit for the items known. Absent where no column of the request varies. */
export function layoutOf(columns: Int32Array, { from, items, seen }: LayoutStart): OwnLayout | undefined {
  const inputs = columns.length;
  if (inputs === 0) return undefined;
  let features = Math.min(FEATURES_MAX, FEATURES_PER_COLUMN * inputs);
  while (features > 0 && items * bytesOf(inputs, features) > OWN_BYTES_MAX)
    features = features > FEATURES_MIN ? features >> 1 : 0;
  const itemsMax = Math.min(OWN_ITEMS_MAX, Math.floor(OWN_BYTES_MAX / bytesOf(inputs, features)));
  return { from, columns, fourier: fourierOf(FOURIER_SEED, { features, units: unitsOf(seen, inputs) }), itemsMax };
}

/** Sums, and the running posteriors of all variants. */
function bytesOf(inputs: number, features: number): number {
  const [linear, full] = [1 + inputs, 1 + inputs + features];
  return 4 * (3 * full * (full + 1) + linear * (linear + 1));
}

export const linearOrder = ({ columns }: OwnLayout): number => 1 + columns.length;
export const fullOrder = ({ columns, fourier }: OwnLayout): number => 1 + columns.length + fourier.phase.length;

/** Precision of each coefficient's prior in units of the noise, in the order of a row. */
export function precisionOf(layout: OwnLayout): Float64Array {
  const features = layout.fourier.phase.length;
  return Float64Array.from({ length: fullOrder(layout) }, (_, i) =>
    i === 0 ? CONSTANT : i <= layout.columns.length ? COLUMN : (FEATURE * features) / 2,
  );
}

/** With these an untried item is worth trying until a few dozen rows like this one spoke against it. */
const CONSTANT = 1;
const COLUMN = 10;
const FEATURE = 0.1;

/** The integers of one row: out has `fullOrder` places. */
export function quantiseOwn(dense: Float32Array, layout: OwnLayout, scale: Scale): Float64Array {
  const { columns, fourier } = layout;
  const out = new Float64Array(fullOrder(layout));
  const z = standardised(dense, columns, scale);
  out[0] = UNIT;
  for (let i = 0; i < z.length; i++) out[1 + i] = Math.round(z[i] * UNIT);
  addFourier(fourier, z, out, 1 + columns.length);
  for (let k = 1 + columns.length; k < out.length; k++) out[k] = Math.round(out[k] * UNIT);
  return out;
}

/** φ of the columns; a column that the row does not have yet is at its centre. */
export function standardised(dense: Float32Array, columns: Int32Array, scale: Scale): Float64Array {
  const z = new Float64Array(columns.length);
  for (let i = 0; i < columns.length; i++) {
    const j = columns[i];
    z[i] = j < dense.length ? phi(dense[j], scale.centre[j], scale.scale[j]) : 0;
  }
  return z;
}
