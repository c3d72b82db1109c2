/**
 * What waits for the server: kept before it is sent, sent in batches, kept until the server has it on disk. Ids make
 * sending twice the same as once.
 */
import { randomId, wallMs } from "./clock.ts";
import { type Answer, codeOf, fieldOf, post, type Server } from "./http.ts";
import type { Entry, OutboxStorage } from "./storage.ts";
import type { Problem } from "./types.ts";

/** As many as the server lists rejections for. */
const BATCH_MAX = 100;
/** Counting reads all that wait. */
const COUNTED_EVERY = 50;
const SEND_TIMEOUT_MS = 10_000;
const REST_LEAST_MS = 1000;
const REST_MOST_MS = 60_000;

export interface OutboxOptions {
  readonly server: Server;
  readonly storage: OutboxStorage;
  /** After an entry, until it is sent. */
  readonly flushMs: number;
  /** Entries that wait at most, and 50 more; over it the oldest go. */
  readonly entriesMax: number;
  readonly onProblem: (problem: Problem) => void;
}

export class Outbox {
  private readonly options: OutboxOptions;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending: Promise<boolean> | undefined;
  private restMs = REST_LEAST_MS;
  private count = 0;
  private closed = false;

  constructor(options: OutboxOptions) {
    this.options = options;
    if (this.waiting().length > 0) this.wake(0);
  }

  add(to: Entry["to"], body: Entry["body"]): void {
    const { storage, flushMs, entriesMax } = this.options;
    // Ids in the order of time, so that what was told first is sent first, by whichever page.
    const id = `${wallMs().toString().padStart(14, "0")}-${String(this.count++).padStart(8, "0")}-${randomId()}`;
    this.guard(() => {
      storage.add({ id, to, body });
      if (this.count % COUNTED_EVERY !== 0) return;
      const waiting = storage.load();
      if (waiting.length > entriesMax) this.drop(waiting.slice(0, waiting.length - entriesMax));
    });
    this.wake(flushMs);
  }

  waiting(): readonly Entry[] {
    let entries: readonly Entry[] = [];
    this.guard(() => {
      entries = this.options.storage.load();
    });
    return entries;
  }

  /** Sends what waits. @returns whether the server has all of it. */
  flush(): Promise<boolean> {
    this.sending ??= this.sendAll().finally(() => {
      this.sending = undefined;
    });
    return this.sending;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private wake(ms: number): void {
    if (this.closed || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.flush();
    }, ms);
    // In Node a waiting outbox keeps no process alive: what waits is in the file.
    if (typeof this.timer === "object") this.timer.unref();
  }

  private async sendAll(): Promise<boolean> {
    for (;;) {
      const [first, ...others] = this.waiting();
      if (first === undefined) {
        this.restMs = REST_LEAST_MS;
        return true;
      }
      const same = [first];
      for (const entry of others) {
        if (entry.to !== first.to || same.length >= BATCH_MAX) break;
        same.push(entry);
      }
      if (!(await this.send(same))) {
        this.wake(this.restMs);
        this.restMs = Math.min(REST_MOST_MS, this.restMs * 2);
        return false;
      }
      this.restMs = REST_LEAST_MS;
    }
  }

  /** @returns whether to go on at once. */
  private async send(batch: readonly Entry[]): Promise<boolean> {
    const { server, onProblem } = this.options;
    const body = JSON.stringify(batch.map((entry) => entry.body));
    const signal = AbortSignal.timeout(SEND_TIMEOUT_MS);
    let answer: Answer;
    try {
      answer = await post(server, `/v1/${batch[0].to}`, { body, signal });
    } catch {
      onProblem({ code: "CLIENT_UNREACHABLE", message: `${batch.length} entries wait for ${server.url}` });
      return false;
    }
    const judged = answer.status === 202 || codeOf(answer) === "CB_BATCH_REJECTED";
    if (!judged) {
      onProblem({
        code: codeOf(answer),
        message: `${batch.length} entries wait: the server answered ${answer.status}`,
      });
      return false;
    }
    this.settle(batch, answer);
    return true;
  }

  private settle(batch: readonly Entry[], { body }: Answer): void {
    const listed = fieldOf(body, "rejected");
    const rejected: readonly unknown[] = Array.isArray(listed) ? listed : [];
    for (const refusal of rejected) {
      const index = fieldOf(refusal, "index") ?? Number(fieldOf(refusal, "line")) - 1;
      const entry = typeof index === "number" ? batch[index] : undefined;
      const code = String(fieldOf(refusal, "code"));
      // The clock of this machine is wrong: the time of arrival is better than no reward.
      if (entry?.to === "rewards" && code === "CB_TIME_FUTURE" && entry.body.timestamp !== undefined)
        this.add("rewards", { ...entry.body, timestamp: undefined });
      else this.options.onProblem({ code, message: String(fieldOf(refusal, "message")) });
    }
    this.guard(() => this.options.storage.remove(batch.map(({ id }) => id)));
  }

  private drop(entries: readonly Entry[]): void {
    this.options.storage.remove(entries.map(({ id }) => id));
    this.options.onProblem({
      code: "CLIENT_OUTBOX_FULL",
      message: `${entries.length} of the oldest entries were given up`,
    });
  }

  /** A full or forbidden storage must not break the page. */
  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.options.onProblem({ code: "CLIENT_STORAGE_FAILED", message: String(error) });
    }
  }
}
