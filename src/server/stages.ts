/** Where the time of a ranking goes, for benchmarks: sums of microseconds by stage. Off unless asked for. */

export const STAGES = ["parse", "encode", "score", "draw", "log", "wait", "answer"] as const;
export type Stage = (typeof STAGES)[number];

/**
 * parse: bytes to checked request · encode: lookup and features · score: one model call · draw: seed and draw ·
 * log: line encoded and queued · wait: until durable (not CPU) · answer: text made.
 */
export class Stages {
  count = 0;
  readonly micros: { [S in Stage]: number } = { parse: 0, encode: 0, score: 0, draw: 0, log: 0, wait: 0, answer: 0 };

  /** Adds the milliseconds since `from` to a stage; answers now, for the next one. */
  add(stage: Stage, from: number): number {
    const now = performance.now();
    this.micros[stage] += (now - from) * 1000;
    return now;
  }

  /** Mean microseconds a ranking by stage. */
  mean(): { [S in Stage]: number } {
    const mean = { ...this.micros };
    for (const stage of STAGES) mean[stage] /= Math.max(1, this.count);
    return mean;
  }

  reset(): void {
    this.count = 0;
    for (const stage of STAGES) this.micros[stage] = 0;
  }
}
