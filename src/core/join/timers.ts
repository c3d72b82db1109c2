/** Things due at a time of one clock, first in first out: times of a clock only grow, so the head is due first. */
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
    else queue.list.push({ due, what });
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
    return queue === undefined || queue.head >= queue.list.length ? Number.POSITIVE_INFINITY : queue.list[queue.head].due;
  }

  save(): [string, Due<T>[]][] {
    return [...this.queues].map(([clock, queue]) => [clock, queue.list.slice(queue.head)]);
  }

  load(saved: [string, Due<T>[]][]): void {
    this.queues = new Map(saved.map(([clock, list]) => [clock, { head: 0, list }]));
  }
}
