/**
 * POST /v1/feedback behind HTTP: Metarank's events as one JSON value, a JSON array, or one a line. Lines are read as
 * they come, so memory does not grow with the body; an array is read whole, within the bound of bodies.
 */
import type { Principal } from "../core/access/principal.ts";
import { kindOf } from "../core/decide/check.ts";
import type { TimeMs } from "../core/domain.ts";
import { BrigandError } from "../core/errors.ts";
import { type MetarankEvent, parseEvent } from "../core/events/metarank.ts";
import { toRecord } from "../core/events/toRecord.ts";
import type { Counter, Family } from "../ports/metrics.ts";
import { Batch, type BatchAnswer, BatchRejected } from "./batch.ts";
import { type Line, linesOf } from "./lines.ts";
import { type PlacingParts, placeOf } from "./placing.ts";
import { parseJson } from "./plugins/body.ts";
import type { AppPorts } from "./ports.ts";
import type { OpenStream, Streams } from "./streams.ts";

/** Appended events that wait for their fsync; then the reading waits. */
const WAITING_MAX = 2000;

export interface FeedbackParts extends PlacingParts {
  readonly ports: AppPorts;
  readonly streams: Streams;
  readonly counter: Family<Counter>;
}

/** Where an event stands in the body. */
interface Place {
  readonly line: number;
}

/**
 * Appends the good events and resolves when they survive power loss.
 * @throws CB_BODY_NOT_JSON, CB_BODY_TOO_LARGE, CB_LINE_TOO_LONG and the event's own error for a single bad event,
 * CB_BATCH_REJECTED when all of several are bad, CB_LOG_FULL, CB_LOG_WRITE_FAILED. What came before a body that is
 * too large has been accepted: events carry ids, so sending it again in pieces counts nothing twice.
 */
export async function acceptFeedback(
  parts: FeedbackParts,
  body: AsyncIterable<Buffer>,
  given: { policy: string | undefined; caller: Principal; ndjson: boolean },
): Promise<BatchAnswer> {
  const { bounds } = parts.ports;
  const batch = new Batch({ rejectionsListedMax: bounds.rejectionsListedMax, counter: parts.counter });
  const take = async (value: unknown, place: Place) => {
    try {
      await append(parts, batch, { value, policy: given.policy, caller: given.caller });
    } catch (error) {
      batch.reject(error, place);
    }
    if (batch.waiting >= WAITING_MAX) await batch.untilDurable();
  };
  const lines = linesOf(body, { lineBytesMax: bounds.feedbackLineBytesMax, bytesMax: bounds.feedbackBytesMax });
  await (given.ndjson
    ? takeLines(lines, batch, take)
    : takeJson(lines, batch, { take, bytesMax: bounds.bodyBytesMax }));
  await batch.untilDurable();
  if (batch.accepted > 0) return batch.answer();
  if (batch.first === undefined) throw new BrigandError("CB_BODY_NOT_JSON", { problem: "it has no events" });
  throw batch.rejectedCount === 1 ? batch.first : new BatchRejected(batch);
}

type Take = (value: unknown, place: Place) => Promise<void>;

async function takeLines(lines: AsyncIterable<Line>, batch: Batch, take: Take, before = 0): Promise<void> {
  let number = before;
  for await (const line of lines) {
    number++;
    const parsed = parsedLine(line);
    if (parsed === undefined) continue;
    if (parsed instanceof BrigandError) batch.reject(parsed, { line: number });
    else await take(parsed.value, { line: number });
  }
}

/** Undefined for a blank line. */
function parsedLine(line: Line): { value: unknown } | BrigandError | undefined {
  if (line.tooLong) return new BrigandError("CB_LINE_TOO_LONG", { maximum: "feedbackLineBytesMax" });
  try {
    return isBlank(line.bytes) ? undefined : { value: parseJson(line.bytes) };
  } catch (error) {
    if (error instanceof BrigandError) return error;
    throw error;
  }
}

/** application/json: one value over any number of lines, or, when the first line is a value of its own, one a line. */
async function takeJson(
  lines: AsyncGenerator<Line>,
  batch: Batch,
  options: { take: Take; bytesMax: number },
): Promise<void> {
  const gathered: Buffer[] = [];
  let bytes = 0;
  let blank = 0;
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    const line = next.value;
    if (line.tooLong) throw new BrigandError("CB_LINE_TOO_LONG", { maximum: "feedbackLineBytesMax" });
    if (gathered.length === 0 && isBlank(line.bytes)) {
      blank++;
      continue;
    }
    const whole = gathered.length === 0 ? parsedLine(line) : undefined;
    if (whole !== undefined && !(whole instanceof BrigandError) && !Array.isArray(whole.value)) {
      await options.take(whole.value, { line: blank + 1 });
      return takeLines(lines, batch, options.take, blank + 1);
    }
    bytes += line.bytes.byteLength + 1;
    if (bytes > options.bytesMax) throw new BrigandError("CB_BODY_TOO_LARGE", { maximum: options.bytesMax });
    gathered.push(line.bytes, Buffer.from("\n"));
  }
  if (gathered.length === 0) return;
  const value = parseJson(Buffer.concat(gathered));
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (let i = 0; i < values.length; i++) await options.take(values[i], { line: i + 1 });
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  return true;
}

async function append(
  parts: FeedbackParts,
  batch: Batch,
  given: { value: unknown; policy: string | undefined; caller: Principal },
): Promise<void> {
  const { clock, bounds, pseudonym } = parts.ports;
  const now = clock.now();
  if (Array.isArray(given.value)) {
    throw new BrigandError("CB_EVENT_INVALID", { path: "The event", expected: "an object", came: kindOf(given.value) });
  }
  const event = parseEvent(given.value, { now, futureSkewMaxMs: bounds.futureSkewMaxMs });
  const stream = await streamOf(parts, event, { policy: given.policy, caller: given.caller, now });
  batch.accept(stream.append(toRecord(event, pseudonym), "disk").durable);
}

/** Item and user events are the workspace's; rankings and interactions a policy's. */
async function streamOf(
  parts: FeedbackParts,
  event: MetarankEvent,
  given: { policy: string | undefined; caller: Principal; now: TimeMs },
): Promise<OpenStream> {
  if (event.event === "item" || event.event === "user") return parts.streams.catalogue();
  // A ranking that was decided here comes back under its own id: the decision's policy is its.
  const decision = event.event === "interaction" ? event.ranking : event.id;
  const { policy } = await placeOf(parts, { decision, ...given, place: "the event or the address" });
  return parts.streams.of(policy);
}
