/**
 * Time of the log. Live streams share one clock, the lowest of their last frame times, where a stream that fell
 * `SILENT_MS` behind the furthest is not waited for; every import has its own. A fold over frame times alone.
 */
import type { TimeMs } from "../domain.ts";

export const SILENT_MS = 2_000;
export const LIVE = "live";

export function clockOf(stream: string): string {
  return stream.startsWith("import-") ? stream : LIVE;
}

export class Clocks {
  private readonly live = new Map<string, TimeMs>();
  private furthest = 0;

  /** Notes that `stream` has reached `time`; answers the time of its clock. */
  advance(stream: string, time: TimeMs): TimeMs {
    if (clockOf(stream) !== LIVE) return time;
    this.live.set(stream, Math.max(time, this.live.get(stream) ?? 0));
    if (time > this.furthest) this.furthest = time;
    let low = this.furthest;
    for (const [name, reached] of this.live) {
      if (reached < this.furthest - SILENT_MS) this.live.delete(name);
      else if (reached < low) low = reached;
    }
    return low;
  }

  /** The stream has ended and holds nobody back. */
  end(stream: string): void {
    this.live.delete(stream);
  }

  save(): { live: [string, TimeMs][]; furthest: TimeMs } {
    return { live: [...this.live], furthest: this.furthest };
  }

  load(saved: { live: [string, TimeMs][]; furthest: TimeMs }): void {
    for (const [name, time] of saved.live) this.live.set(name, time);
    this.furthest = saved.furthest;
  }
}
