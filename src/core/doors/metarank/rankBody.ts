/** POST /rank/{model} of Metarank as a ranking request of ours. */
import { isObject, wrong } from "../../decide/check.ts";
import type { RankRequest } from "../../decide/rankRequest.ts";
import type { TimeMs } from "../../domain.ts";
import { BrigandError } from "../../errors.ts";
import { parseEvent } from "../../events/metarank.ts";

/**
 * The body is a ranking event; `event` and `timestamp` may be left out. Features are those of now, whatever its time.
 * @throws CB_BODY_INVALID, CB_EVENT_INVALID, CB_TIME_FUTURE, CB_BODY_TOO_DEEP, CB_BODY_KEY_FORBIDDEN
 */
export function readMetarankRank(
  body: unknown,
  given: { readonly policy: string; readonly now: TimeMs; readonly futureSkewMaxMs: number },
): RankRequest {
  if (!isObject(body)) throw wrong("The body", "an object with id and items", body);
  const { event = "ranking", timestamp } = body;
  if (event !== "ranking")
    throw new BrigandError("CB_EVENT_INVALID", { path: "event", expected: "ranking", came: "another" });
  const parsed = parseEvent({ ...body, event, timestamp: timestamp ?? given.now }, given);
  if (parsed.event !== "ranking") throw wrong("event", "ranking", event);
  const { id: decisionId, user, session, context, items } = parsed;
  return {
    policy: given.policy,
    decisionId,
    user: user === undefined ? undefined : { id: user },
    session,
    context,
    items,
  };
}
