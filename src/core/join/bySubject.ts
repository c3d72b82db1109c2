/** Open decisions of each subject, oldest first: for interactions that name no ranking. */
import type { DecisionId, Subject } from "../domain.ts";
import type { Pending } from "./pending.ts";

export type BySubject = Map<Subject, DecisionId[]>;

export function remember(known: BySubject, subject: Subject | undefined, id: DecisionId): void {
  if (subject === undefined) return;
  const ids = known.get(subject);
  if (ids === undefined) known.set(subject, [id]);
  else ids.push(id);
}

export function disremember(known: BySubject, { subject, id }: Pick<Pending, "subject" | "id">): void {
  if (subject === undefined) return;
  const ids = (known.get(subject) ?? []).filter((other) => other !== id);
  if (ids.length === 0) known.delete(subject);
  else known.set(subject, ids);
}
