/**
 * One window of closed-loop load, with the CPU that the loaded process took.
 * @param target process (one that tells its usage), port, path, body
 * @returns requests, seconds, perSecond, p50 and p99 in ms, CPU microseconds a request. @throws when one was refused
 */
export async function measureWindow(load, target, { seconds, connections, generator = "sockets" }) {
  const { process: measured, port, path, body, type, otherLists } = target;
  const before = await measured.ask("usage");
  const run = await load.ask("run", { port, path, body, type, otherLists, seconds, connections, generator });
  const after = await measured.ask("usage");
  if (run.refused > 0) throw new Error(`${run.refused} requests were refused, the first with:\n${run.refusal}`);
  const cpuMicros = (after.cpuMicros - before.cpuMicros) / run.requests;
  return { ...run, perSecond: run.requests / run.seconds, cpuMicros };
}

/** Open loop at a rate. @returns requests, p50 and p99 in ms from when each was due. @throws when one was refused */
export async function measurePaced(load, { port, path, body, type, otherLists }, { rate, seconds, connections }) {
  const run = await load.ask("paced", { port, path, body, type, otherLists, rate, seconds, connections });
  if (run.refused > 0) throw new Error(`${run.refused} requests were refused, the first with:\n${run.refusal}`);
  return run;
}
