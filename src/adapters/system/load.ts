/** How busy this process' event loop is. */
import { type EventLoopUtilization, performance } from "node:perf_hooks";

/** @returns a function that tells the share of the time since its last call in which the event loop worked, 0 to 1 */
export function loopLoad(): () => number {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
