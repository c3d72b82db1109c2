/**
 * For the sandboxed processes of the queues: none outlives its worker. What is under way is repeated by the next worker,
 * and an answer that nobody hears would only fail, again and again, while this process goes on holding its job.
 */
export function endWithWorker(): void {
  /** It may have gone while our modules were being read. */
  if (!process.connected) process.exit(1);
  process.once("disconnect", () => process.exit(1));
}
