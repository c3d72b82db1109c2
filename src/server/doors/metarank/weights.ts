/** What Metarank's train tells of a model, from our model's file. */
import { MODEL_BYTES_MAX, type ModelBundle } from "../../../core/model/bundle.ts";
import { readOnnx } from "../../../core/model/onnxReader.ts";
import { tensorValues } from "../../../core/model/onnxTensor.ts";

/** Weight by column where the model is linear (`weights` of models/README.md); another has none to tell. */
export function servedWeights({ manifest, model }: Pick<ModelBundle, "manifest" | "model">): object {
  const { initializers } = readOnnx(model, { bytesMax: MODEL_BYTES_MAX });
  const tensor = initializers.find(({ name }) => name === "weights");
  const weights = tensor === undefined ? [] : Array.from(tensorValues(tensor));
  const told = weights.length === manifest.columns.length;
  const features = told ? manifest.columns.map((name, i) => ({ name, weight: weights[i] })) : [];
  return { features, iterations: [], sizeBytes: model.byteLength };
}
