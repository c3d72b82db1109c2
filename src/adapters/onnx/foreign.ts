/** A foreign model behind the signature of Brigand's own: `features` are the dense values, no variance is 0. */
import { Tensor } from "onnxruntime-node";
import type { Session } from "./runtime.ts";

export function foreignSession(session: Session, outputs: readonly string[]): Session {
  const certain = !outputs.includes("variance");
  return {
    run: ({ dense }) => {
      const given = session.run({ features: dense });
      const mean = flat(given[certain ? "score" : "mean"]);
      const variance = certain
        ? new Tensor("float32", new Float32Array(mean.data.length), [mean.data.length])
        : flat(given.variance);
      return { mean, variance };
    },
    release: () => session.release(),
  };
}

/** [n, 1] as [n]. */
function flat(value: ReturnType<Session["run"]>[string]): Tensor {
  return value as Tensor;
}
