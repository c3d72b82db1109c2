/** Who asked, as the log may know them: pseudonyms, and what variants are assigned by. */
import type { Subject } from "../domain.ts";
import type { DecisionRecord } from "../log/records.ts";
import type { RankRequest } from "./rankRequest.ts";

export type People = Pick<DecisionRecord, "subject" | "session" | "unit">;

const NOBODY: People = { subject: undefined, session: undefined, unit: "decision" };

/** The user, else the session, else the decision itself. Nothing behind this sees what the caller sent. */
export function peopleOf(request: RankRequest, pseudonym: (kind: "user" | "session", id: string) => Subject): People {
  if (request.user === undefined && request.session === undefined) return NOBODY;
  const session = request.session === undefined ? undefined : pseudonym("session", request.session);
  if (request.user === undefined) return { subject: session, session, unit: "session" };
  return { subject: pseudonym("user", request.user.id), session, unit: "user" };
}
