/** The policies that a command works on, by the folders that DATA_DIR has. */
import { isPolicyFolder } from "../adapters/fs/layout.ts";
import { namesIn } from "../adapters/fs/segments.ts";
import { BrigandError } from "../core/errors.ts";
import { CATALOGUE } from "../ports/log.ts";

/** All policies with a folder in one of `parents`, or the one that was named. @throws CB_POLICY_UNKNOWN when it has none */
export function chosenPolicies(parents: readonly string[], wanted: string | undefined): readonly string[] {
  const folders = new Set(parents.flatMap(namesIn));
  const known = [...folders].filter((name) => isPolicyFolder(name) && name !== CATALOGUE).toSorted();
  if (wanted === undefined) return known;
  if (known.includes(wanted)) return [wanted];
  const hint = `Policies of this DATA_DIR: ${known.join(", ") || "none yet"}.`;
  throw new BrigandError("CB_POLICY_UNKNOWN", { came: wanted }, hint);
}
