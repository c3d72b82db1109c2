/** A published model as it is handed around. */
import type { Golden, Manifest } from "./manifest.ts";

export const MODEL_BYTES_MAX = 64 * 1024 * 1024;

/** Files whose hashes were compared with the manifest; nothing else is checked yet. */
export interface ModelBundle {
  readonly manifest: Manifest;
  readonly model: Uint8Array;
  readonly golden: Golden;
}
