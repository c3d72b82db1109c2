/** ONNX Runtime as Brigand runs it: one thread, everything optimised. Blocks the JavaScript thread while it works. */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { binding, initOrt } from "onnxruntime-node/dist/binding.js";
import { BrigandError } from "../../core/errors.ts";

/**
 * A call takes tens of microseconds, so threads would only get in each other's way; processes scale. An arena saves
 * 1.5 µs a ranking of 100 candidates; it goes with its session, so memory stays flat over swaps. A memory pattern would
 * be kept for every number of rows.
 */
const options: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  enableCpuMemArena: true,
  enableMemPattern: false,
  graphOptimizationLevel: "all",
  executionProviders: ["cpu"],
  logSeverityLevel: 3,
};

const OWN_OUTPUTS = ["mean", "variance"];

/** A loaded graph with the signature of `core/model/signature.ts`. */
export interface Session {
  /** Synchronous; all of the named outputs. @throws what the runtime throws */
  run(
    feeds: { readonly [input: string]: Tensor },
    outputs?: readonly string[],
  ): {
    readonly [output: string]: InferenceSession.OnnxValueMapType[string];
  };
  release(): void;
}

/**
 * The bytes must have been read by `core/model/onnxReader.ts` first. The public `InferenceSession.run` of
 * onnxruntime-node makes this very call in a turn of the event loop of its own: a ranking would wait for it behind all
 * others, with its features still in memory. @throws CB_MODEL_LOAD_FAILED
 */
export function createSession(bytes: Uint8Array, outputs: readonly string[] = OWN_OUTPUTS): Session {
  try {
    initOrt();
    const session = new binding.InferenceSession();
    session.loadModel(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength, options);
    const usual = wanted(outputs);
    return {
      run: (feeds, named) => session.run(feeds, named === undefined ? { ...usual } : wanted(named), {}),
      release: () => session.dispose(),
    };
  } catch (error) {
    throw loadFailed(error);
  }
}

function wanted(outputs: readonly string[]): { [output: string]: null } {
  return Object.fromEntries(outputs.map((name) => [name, null]));
}

export function loadFailed(error: unknown): BrigandError {
  const problem = error instanceof Error ? error.message : String(error);
  return new BrigandError("CB_MODEL_LOAD_FAILED", { problem: problem.slice(0, 500) }, undefined, { cause: error });
}
