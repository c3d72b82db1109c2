/** Events → log records: people become pseudonyms here. */
import type { Subject } from "../domain.ts";
import {
  type InteractionRecord,
  type ItemRecord,
  type RankingRecord,
  RecordKind,
  type UserRecord,
} from "../log/records.ts";
import type { MetarankEvent } from "./metarank.ts";

export type EventRecord = ItemRecord | UserRecord | RankingRecord | InteractionRecord;

/** @param pseudonym the keyed pseudonym of a user or session. */
export function toRecord(
  event: MetarankEvent,
  pseudonym: (kind: "user" | "session", id: string) => Subject,
): EventRecord {
  const { id, at } = event;
  if (event.event === "item") return { kind: RecordKind.item, id, item: event.item, features: event.features, at };
  if (event.event === "user") {
    return { kind: RecordKind.user, id, subject: pseudonym("user", event.user), features: event.features, at };
  }
  const subject = event.user === undefined ? undefined : pseudonym("user", event.user);
  const session = event.session === undefined ? undefined : pseudonym("session", event.session);
  if (event.event === "ranking") {
    return { kind: RecordKind.ranking, id, subject, session, context: event.context, items: event.items, at };
  }
  const { ranking, type, item, value } = event;
  return { kind: RecordKind.interaction, id, ranking, subject, session, type, item, value, at };
}
