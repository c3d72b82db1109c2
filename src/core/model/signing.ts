/** What a signature of a pushed model covers: the policy, the columns and the model's bytes. */
import type { Manifest } from "./manifest.ts";
import { MODEL_FILE } from "./manifest.ts";

/** The text that Ed25519 signs, UTF-8; versions are given by the server, so they are not in it. */
export function signedText({ policy, schemaHash, files }: Pick<Manifest, "policy" | "schemaHash" | "files">): string {
  return `brigand-model 1\npolicy ${policy}\ncolumns ${schemaHash}\n${MODEL_FILE} ${files[MODEL_FILE]}\n`;
}
