/** The only place that writes the process' log: one JSON line an event, without ids of people and without features. */
import { type Logger, pino } from "pino";

export type { Logger };

/** @param level of pino: fatal, error, warn, info, debug, trace or silent. */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: { pid: process.pid },
    redact: { paths: ["req.headers", "req.remoteAddress"], remove: true },
  });
}
