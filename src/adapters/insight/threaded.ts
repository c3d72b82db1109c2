/**
 * Insight in a thread of its own, so that neither folding a log nor drawing a chart takes a turn of the loop that
 * ranks. The thread begins with the first question and ends after ten minutes without one; nothing is lost, the log
 * is folded again.
 */
import { Worker } from "node:worker_threads";
import type { Overview } from "../../core/insight/overview.ts";
import type { AskedChart, AskedOverview, Insight, RedisNumbers } from "../../ports/insight.ts";
import type { FromThread, Question, ThreadData } from "./messages.ts";

const IDLE_MS = 600_000;
/** Longest that an answer is waited for; a first picture waits for the library. */
const PATIENCE_MS = { overview: 2_500, redis: 1_000, chart: 15_000, forget: 1_000 } as const;
/** Megabytes of the thread's heap; a thread that runs out of it ends, and the server goes on. */
const HEAP_MB = 256;

export interface ThreadedOptions extends ThreadData {
  /** Told of what went wrong in the thread. */
  readonly failed: (error: unknown) => void;
}

export class ThreadedInsight implements Insight {
  private readonly options: ThreadedOptions;
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, (value: unknown) => void>();
  private asked = 0;
  private idle: NodeJS.Timeout | undefined;

  constructor(options: ThreadedOptions) {
    this.options = options;
  }

  async overview(asked: AskedOverview): Promise<Overview | undefined> {
    return (await this.ask({ kind: "overview", asked })) as Overview | undefined;
  }

  async chart(asked: AskedChart): Promise<string | undefined> {
    return (await this.ask({ kind: "chart", asked })) as string | undefined;
  }

  async redis(): Promise<RedisNumbers | undefined> {
    return (await this.ask({ kind: "redis", asked: undefined })) as RedisNumbers | undefined;
  }

  async forget(policy: string): Promise<void> {
    if (this.worker !== undefined) await this.ask({ kind: "forget", asked: policy });
  }

  async close(): Promise<void> {
    clearTimeout(this.idle);
    const { worker } = this;
    this.drop();
    await worker?.terminate();
  }

  private ask(question: Question): Promise<unknown> {
    const worker = this.started();
    const id = this.asked++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answer(id, undefined), PATIENCE_MS[question.kind]);
      timer.unref();
      this.waiting.set(id, (value) => {
        clearTimeout(timer);
        resolve(value);
      });
      worker.postMessage({ id, ...question });
    });
  }

  private answer(id: number, value: unknown): void {
    this.waiting.get(id)?.(value);
    this.waiting.delete(id);
  }

  private started(): Worker {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => void this.close(), IDLE_MS);
    this.idle.unref();
    if (this.worker !== undefined) return this.worker;
    const { failed, ...workerData } = this.options;
    const worker = new Worker(new URL("./thread.js", import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    worker.unref();
    worker.on("message", ({ id, value, problem }: FromThread) => {
      if (problem !== undefined) failed(new Error(problem));
      this.answer(id, value);
    });
    worker.on("error", failed);
    worker.on("exit", () => {
      if (this.worker === worker) this.drop();
    });
    this.worker = worker;
    return worker;
  }

  /** Whoever waits hears that there is no answer. */
  private drop(): void {
    this.worker = undefined;
    for (const id of [...this.waiting.keys()]) this.answer(id, undefined);
  }
}
