/** ONNX Runtime as Brigand runs it: one thread, no arena, everything optimised. Blocks the JavaScript thread while it works. */
import { InferenceSession } from "onnxruntime-node";
import { BrigandError } from "../../core/errors.ts";

/**
 * A call takes tens of microseconds, so threads would only get in each other's way; processes scale. Without arena and
 * memory pattern, loading and releasing a session costs 0.3 ms and memory stays flat over swaps.
 */
const options: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  enableCpuMemArena: false,
  enableMemPattern: false,
  graphOptimizationLevel: "all",
  executionProviders: ["cpu"],
  logSeverityLevel: 3,
};

/** The bytes must have been read by `core/model/onnxReader.ts` first. @throws CB_MODEL_LOAD_FAILED */
export async function createSession(bytes: Uint8Array): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, options);
  } catch (error) {
    throw loadFailed(error);
  }
}

export function loadFailed(error: unknown): BrigandError {
  const problem = error instanceof Error ? error.message : String(error);
  return new BrigandError("CB_MODEL_LOAD_FAILED", { problem: problem.slice(0, 500) }, undefined, { cause: error });
}
