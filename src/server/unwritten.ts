/**
 * Decisions that were answered at their deadline and whose lines the log refused afterwards: what was shown is promised,
 * so they are appended again until the log takes them. Bounded: over the bound, and when the process ends first, they
 * are lost and counted. A line stands at another place than its id says then, which the index of ids knows.
 */
import type { DecisionRecord } from "../core/log/records.ts";
import { RecordKind } from "../core/log/records.ts";
import type { Clock } from "../ports/clock.ts";
import type { DecisionIndex } from "../ports/decisions.ts";
import type { Counter, Metrics } from "../ports/metrics.ts";
import type { Appended, OpenStream } from "./streams.ts";

export interface UnwrittenParts {
  readonly clock: Pick<Clock, "now">;
  readonly index: Pick<DecisionIndex, "put">;
  readonly metrics: Metrics;
  /** The stream of the policy as it is now. @throws as `Streams.of` */
  readonly streamOf: (policy: string) => OpenStream;
}

/** Each of some ten kilobytes. */
const KEPT_MAX = 1_000;
const AGAIN_MS = 250;

export class Unwritten {
  private readonly parts: UnwrittenParts;
  private readonly kept = new Map<DecisionRecord, () => void>();
  private readonly lost: Counter;
  private timer: NodeJS.Timeout | undefined;
  private trying = false;

  constructor(parts: UnwrittenParts) {
    this.parts = parts;
    const help = "Decisions that were answered and whose lines the log never took.";
    this.lost = parts.metrics.counter({ name: "brigand_lost_total", help }).with();
    const told = "Decisions that were answered and wait for the log to take them.";
    parts.metrics.gauge({ name: "brigand_unwritten", help: told }, () => [{ values: [], value: this.kept.size }]);
  }

  /** Resolves when the line is written after all, or given up. */
  keep(record: DecisionRecord): Promise<void> {
    if (this.kept.size >= KEPT_MAX) {
      this.lost.add();
      return Promise.resolve();
    }
    this.timer ??= setInterval(() => void this.tryAll(), AGAIN_MS).unref();
    return new Promise((resolve) => this.kept.set(record, resolve));
  }

  private async tryAll(): Promise<void> {
    if (this.trying) return;
    this.trying = true;
    for (const record of [...this.kept.keys()]) if (!(await this.written(record))) break;
    this.trying = false;
    if (this.kept.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async written(record: DecisionRecord): Promise<boolean> {
    const { clock, index, streamOf } = this.parts;
    try {
      const stream = streamOf(record.policy);
      const appended: Appended = stream.append(record, "process");
      await appended.durable;
      stream
        .append({ kind: RecordKind.undurable, decision: record.id, at: clock.now() }, "process")
        .durable.catch(() => {});
      const place = { policy: record.policy, stream: stream.name, position: appended.position };
      index.put(record.id, place, record.at);
      this.kept.get(record)?.();
      this.kept.delete(record);
      return true;
    } catch {
      return false;
    }
  }
}
