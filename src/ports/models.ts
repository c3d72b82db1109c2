/** Published models and loaded ones, as the hot-loading registry sees them. */
import type { PolicyName } from "../core/domain.ts";
import type { ModelBundle } from "../core/model/bundle.ts";
import type { LabelChange, Labels } from "../core/model/labels.ts";
import type { Golden, Manifest, ManifestDraft } from "../core/model/manifest.ts";
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

/** Labels of lines of versions, shared by all processes. Adapter: `fs/labelStore.ts`. */
export interface LabelStore {
  /** `noLabels` where there are none. */
  read(line: string): Promise<Labels>;
  /**
   * Durable when it resolves; false, and nothing written, when the generation before it is not the newest any more.
   * @param placed called as soon as nobody can come before it: who follows at once need not wait for the disk.
   */
  write(line: string, labels: Labels, placed?: () => void): Promise<boolean>;
  /** Every generation that is kept, the oldest first. */
  history(line: string): Promise<readonly Labels[]>;
  /** Another text after any line's labels changed. Cost: one stat. */
  mark(): Promise<string>;
}

/** Changes of labels from process to process, ahead of their looks; may be lost. Adapter: `socket/labelHints.ts`. */
export interface LabelHints {
  /** To all other processes. Never throws. */
  tell(line: string, labels: Labels): void;
  listen(take: (line: string, labels: Labels) => void): void;
  close(): Promise<void>;
}

/** A pushed model to be run once, apart from the process that serves. */
export interface ToCheck {
  readonly model: Uint8Array;
  readonly manifest: Pick<Manifest, "version" | "columns" | "own">;
  readonly golden?: Golden;
}

export interface Checked {
  /** As given, or made: seeded rows and what the model says of them. */
  readonly golden: Golden;
  /** Milliseconds of a call with 100 candidates, the least of some. */
  readonly callMs: number;
}

/** @throws CB_MODEL_… when it must not serve, CB_PUSH_BUSY */
export type CheckModel = (model: ToCheck) => Promise<Checked>;

/** What management of models needs beside serving. */
export interface ModelAdmin {
  labels(line: string): Labels;
  /** As `LabelStore.history`. */
  history(line: string): Promise<readonly Labels[]>;
  /** @throws CB_MODEL_VERSION_UNKNOWN, CB_LABELS_CONFLICT; then nothing changes. */
  label(line: string, change: LabelChange, reason: string): Promise<Labels>;
  /** @throws CB_ROLLBACK_IMPOSSIBLE, CB_MODEL_VERSION_UNKNOWN, CB_LABELS_CONFLICT */
  rollback(line: string, reason: string): Promise<Labels>;
  /** Looks for new versions of the line now. Never throws. */
  poll(line: string): Promise<void>;
  readonly check: CheckModel;
  /** Bound of a pushed body. */
  readonly pushBytesMax: number;
  /** Newest versions that are kept. */
  readonly versionsKept: number;
  /** @throws CB_MODEL_UNSIGNED, CB_MODEL_SIGNER_UNKNOWN, CB_MODEL_SIGNING_WRONG */
  trust(text: string, signature: { readonly key: string; readonly value: string } | undefined): void;
  /** SHA-256, hex. */
  sha256(bytes: Uint8Array): string;
  versions(line: string): Promise<readonly number[]>;
  /** @throws CB_MODEL_… as `ModelReader.read` */
  bundle(line: string, version: number): Promise<ModelBundle>;
  /** @throws CB_MODEL_… as the store's, CB_MODEL_VERSION_TAKEN */
  publish(publication: {
    readonly draft: ManifestDraft;
    readonly model: Uint8Array;
    readonly golden: Golden;
    readonly version?: number;
  }): Promise<number>;
  prune(line: string, keep: number, rest: { readonly except: readonly number[] }): Promise<readonly number[]>;
}
