/**
 * Whether one more request may come in: refused at once it costs microseconds, queued too long it is answered late
 * and makes all behind it late. By Little's law n requests under way in a busy process wait n / throughput; over
 * `queueMsMax` of that the next is refused. While the event loop has time to spare nobody queues, however many wait
 * for a disk or for slow senders, and nothing is refused but over `requestsMax`.
 */

/** Requests under way that are never too many: a burst of so few says nothing. */
const ALWAYS = 32;
const WINDOW_MS = 100;
/** Share of a window from which on the event loop had nothing to spare. */
const BUSY = 0.95;
/** Weight of the newest window in the throughput. */
const NEWEST = 0.3;

export interface AdmissionOptions {
  /** Requests under way at once, whatever they do. */
  readonly requestsMax: number;
  readonly queueMsMax: number;
  /** Share of the time since the last call in which the event loop worked, 0 to 1. */
  readonly utilization: () => number;
}

export class Admission {
  underWay = 0;
  private readonly options: AdmissionOptions;
  private readonly timer: NodeJS.Timeout;
  private ended = 0;
  private perSecond = 0;
  private max: number;

  constructor(options: AdmissionOptions) {
    this.options = options;
    this.max = options.requestsMax;
    this.timer = setInterval(() => this.look(WINDOW_MS), WINDOW_MS);
    this.timer.unref();
  }

  /** Counts the request in; `leave` must follow, or `turnAway` where this says no. @returns whether it may be answered */
  enter(): boolean {
    return ++this.underWay <= this.max;
  }

  leave(): void {
    this.underWay--;
    this.ended++;
  }

  /** A refusal is gone again: quick as it is, it says nothing of the throughput. */
  turnAway(): void {
    this.underWay--;
  }

  /** Requests under way from which on the next is refused now. */
  get limit(): number {
    return this.max;
  }

  /** Takes the window that is over into account. */
  look(ms: number): void {
    const perSecond = (1000 * this.ended) / ms;
    this.ended = 0;
    const { requestsMax, queueMsMax, utilization } = this.options;
    if (utilization() < BUSY) {
      this.max = requestsMax;
      return;
    }
    this.perSecond = this.perSecond === 0 ? perSecond : NEWEST * perSecond + (1 - NEWEST) * this.perSecond;
    this.max = Math.min(requestsMax, Math.max(ALWAYS, Math.floor((queueMsMax / 1000) * this.perSecond)));
  }

  close(): void {
    clearInterval(this.timer);
  }
}
