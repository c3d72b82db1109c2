/** golden.json as makers of models write it: `{"features": [[…], …], "score": […]}`, or `mean` and `variance`. */
import Type from "typebox";
import Value from "typebox/value";
import { BrigandError } from "../errors.ts";
import type { Golden } from "./manifest.ts";

const ROWS_MAX = 1000;
const Numbers = Type.Array(Type.Number(), { minItems: 1, maxItems: ROWS_MAX });
const Foreign = Type.Object({
  features: Type.Array(Type.Array(Type.Number(), { maxItems: 4096 }), { minItems: 1, maxItems: ROWS_MAX }),
  score: Type.Optional(Numbers),
  mean: Type.Optional(Numbers),
  variance: Type.Optional(Numbers),
});

/** As Brigand keeps them; undefined for another shape, which is then read as Brigand's own. @throws CB_MODEL_MANIFEST_INVALID */
export function pushedGolden(value: unknown): Golden | undefined {
  if (typeof value !== "object" || value === null || !("features" in value)) return undefined;
  if (!Value.Check(Foreign, value)) throw invalid("rows of features, and score or mean and variance", "something else");
  const { features, score, mean = score, variance = features.map(() => 0) } = value;
  const columns = features[0].length;
  const n = features.length;
  if (mean === undefined || mean.length !== n || variance.length !== n)
    throw invalid(`${n} numbers of score, or of mean and variance`, `${mean?.length ?? 0} and ${variance.length}`);
  if (features.some((row) => row.length !== columns)) throw invalid(`rows of ${columns} features`, "rows of others");
  return { n, columns, dense: features.flat(), counts: features.map(() => 0), mean, variance };
}

function invalid(expected: string, came: string): BrigandError {
  return new BrigandError("CB_MODEL_MANIFEST_INVALID", { path: "golden.json", expected, came });
}
