/** The life of a process that works until it is told to stop: `brigand serve` and `brigand work`. */
import { printNote } from "./output.ts";

/** Less than the supervisor's own deadline, so that a slow close ends here with a word. */
const CLOSE_TIMEOUT_MS = 4500;

/**
 * Opens the service and stays until SIGTERM, SIGINT, SIGHUP or the end of the supervisor, whose IPC channel breaks
 * however it dies; then closes the service, which may take `drainMs` longer, and ends the process.
 */
export async function runUntilStopped(
  name: string,
  open: () => Promise<{ close(): Promise<void> }>,
  { drainMs = 0 }: { readonly drainMs?: number } = {},
): Promise<void> {
  const stopped = new Promise<void>((stop) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => stop());
    process.once("disconnect", () => stop());
  });
  const service = open();
  await Promise.race([stopped, service]);
  await stopped;
  const closeMs = CLOSE_TIMEOUT_MS + drainMs;
  const timer = setTimeout(() => {
    printNote(`brigand ${name}: did not close within ${closeMs} ms, ending anyway`);
    process.exit(1);
  }, closeMs);
  await (await service).close();
  clearTimeout(timer);
  process.exit(0);
}
