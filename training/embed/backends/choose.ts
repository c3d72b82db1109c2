/** The backend of this process: native TensorFlow where it was assembled and loads, else WebAssembly. */
import type { Backend } from "./backend.ts";

export const BACKENDS = ["auto", "wasm", "native"] as const;
export type BackendChoice = (typeof BACKENDS)[number];

/** Loads TensorFlow.js: 0.2 s and 60 MB on wasm. @throws CB_TENSORFLOW_MISSING where `native` is asked for and cannot be had */
export async function chooseBackend(choice: BackendChoice): Promise<Backend> {
  if (choice !== "wasm") {
    const { nativeBackend } = await import("./native.ts");
    const native = await nativeBackend(choice === "native");
    if (native !== undefined) return native;
  }
  const { wasmBackend } = await import("./wasm.ts");
  return wasmBackend();
}
