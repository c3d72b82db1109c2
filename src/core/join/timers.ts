/**
 * Things due at a time of one clock, in the order of these times, of one time first in first out. Times mostly grow:
 * streams that share a clock are a little apart, and a new setting may shorten a delay.
 */
import type { TimeMs } from "../domain.ts";

export interface Due<T> {
  readonly due: TimeMs;
  readonly what: T;
}

export class Timers<T> {
  private queues = new Map<string, { head: number; list: Due<T>[] }>();

  push(clock: string, due: TimeMs, what: T): void {
    const queue = this.queues.get(clock);
    if (queue === undefined) this.queues.set(clock, { head: 0, list: [{ due, what }] });
    else if (queue.head === queue.list.length || queue.list[queue.list.length - 1].due <= due)
      queue.list.push({ due, what });
    else queue.list.splice(placeOf(due, queue), 0, { due, what });
  }

  /** Takes the next thing due at `now` on this clock. */
  pop(clock: string, now: TimeMs): T | undefined {
    const queue = this.queues.get(clock);
    if (queue === undefined || queue.head >= queue.list.length) return undefined;
    const next = queue.list[queue.head];
    if (next.due > now) return undefined;
    queue.head++;
    if (queue.head > 1024 && queue.head * 2 > queue.list.length) {
      queue.list = queue.list.slice(queue.head);
      queue.head = 0;
    }
    return next.what;
  }

  /** When the head of the clock's queue is due. */
  nextDue(clock: string): TimeMs {
    const queue = this.queues.get(clock);
    return queue === undefined || queue.head >= queue.list.length
      ? Number.POSITIVE_INFINITY
      : queue.list[queue.head].due;
  }

  save(): [string, Due<T>[]][] {
    return [...this.queues].map(([clock, queue]) => [clock, queue.list.slice(queue.head)]);
  }

  load(saved: [string, Due<T>[]][]): void {
    this.queues = new Map(saved.map(([clock, list]) => [clock, { head: 0, list }]));
  }
}

/** Index of the first entry that is due later. */
function placeOf(due: TimeMs, { head, list }: { head: number; list: readonly Due<unknown>[] }): number {
  let low = head;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle].due <= due) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Queues of a clock: each delay has its own, so that due times within a queue grow. */
const queueKinds = ["settle", "orphan", "close", "forget", "forget reward"];
const queueNames = new Map<string, readonly string[]>();

export function queuesOf(clock: string): readonly string[] {
  let names = queueNames.get(clock);
  if (names === undefined) {
    names = queueKinds.map((kind) => `${kind} ${clock}`);
    if (queueNames.size > 1000) queueNames.clear();
    queueNames.set(clock, names);
  }
  return names;
}
