/** Published models and loaded ones, as the hot-loading registry sees them. */
import type { PolicyName } from "../core/domain.ts";
import type { ModelBundle } from "../core/model/bundle.ts";
import type { Scorer } from "./scorer.ts";

/** The folder of models. Adapter: `fs/modelStore.ts`. */
export interface ModelReader {
  /** Policies with a folder, sorted. */
  policies(): Promise<readonly PolicyName[]>;
  /** Complete versions above `after` (0 when absent), ascending. Cost: one directory listing, one stat a version. */
  versions(policy: PolicyName, after?: number): Promise<readonly number[]>;
  /** @throws CB_MODEL_FILE_INVALID, CB_MODEL_HASH_MISMATCH, CB_MODEL_MANIFEST_INVALID; other errors pass with time. */
  read(policy: PolicyName, version: number): Promise<ModelBundle>;
}

/** Held once by whoever loaded it (until `retire`), once by every scorer (until `release`) and once by every running call. */
export interface LoadedModel {
  readonly version: number;
  /** A scorer for one request; its `release` counts once. @throws CB_MODEL_RELEASED after the last hold is gone. */
  hold(): Scorer;
  /** Gives up the loader's hold; resolves when the session is released, that is after the last scorer. */
  retire(): Promise<void>;
}

/** Checks a bundle's model and loads it. Adapter: `onnx/session.ts`. @throws CB_MODEL_… */
export type LoadModel = (bundle: ModelBundle) => Promise<LoadedModel>;
