/** What a manifest says about the variants of the learner, read with care: other learners may write other things. */

export interface Variant {
  /** Rows after which a row counts half; null: never forgotten. */
  readonly halfLifeRows: number | null;
  readonly ridge: number;
  /** Mean squared progressive error. */
  readonly loss: number;
  /** Share of pairs of a list's rows ordered wrongly; absent or null where no list told an order. */
  readonly disorder?: number | null;
}

export interface Evidence {
  /** Index of the variant that serves; null where the manifest does not say. */
  readonly best: number | null;
  readonly variants: readonly Variant[];
}

export function evidenceOf(learner: { readonly [name: string]: unknown }): Evidence {
  const variants = Array.isArray(learner.variants) ? learner.variants.filter(isVariant) : [];
  return { best: typeof learner.best === "number" ? learner.best : null, variants };
}

/** For people: "ridge 1, half-life 10000 rows, loss 0.0931". */
export function toldVariant({ halfLifeRows, ridge, loss, disorder }: Variant): string {
  const memory = halfLifeRows === null ? "nothing forgotten" : `half-life ${halfLifeRows} rows`;
  const order = typeof disorder === "number" ? `, ${(100 * disorder).toPrecision(3)} % of pairs out of order` : "";
  return `ridge ${ridge}, ${memory}, loss ${loss.toPrecision(5)}${order}`;
}

function isVariant(value: unknown): value is Variant {
  if (typeof value !== "object" || value === null) return false;
  const { halfLifeRows, ridge, loss }: { halfLifeRows?: unknown; ridge?: unknown; loss?: unknown } = value;
  return (
    (halfLifeRows === null || typeof halfLifeRows === "number") && typeof ridge === "number" && typeof loss === "number"
  );
}
