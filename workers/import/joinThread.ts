/** A thread of `joined.ts` that writes the policy's joined log while the file is still being read. */
import { parentPort, workerData } from "node:worker_threads";
import { openFsTransport } from "../../src/adapters/fs/fsTransport.ts";
import { layoutOf } from "../../src/adapters/fs/layout.ts";
import { PolicyWriter } from "../writer/policyWriter.ts";
import { HandedStreams } from "./handed.ts";
import type { FromThread, JoinThread, ToThread } from "./joined.ts";

const PAUSE_MS = 5;

async function run(data: JoinThread): Promise<void> {
  const tell = (message: FromThread) => parentPort?.postMessage(message);
  const layout = layoutOf(data.dataDir, data.workspace);
  const { policy, settings, bounds, places } = data;
  const handed = new HandedStreams(places);
  const transport = handed.over(openFsTransport({ layout }));
  const writer = await PolicyWriter.open({
    policy,
    layout,
    transport,
    settings,
    bounds,
    level: "process",
    elapsed: () => performance.now(),
  });
  if (writer === undefined) return tell({ kind: "busy" });
  tell({ kind: "ready" });
  let stopping = false;
  let synced = -1;
  let syncing: Promise<void> | undefined;
  parentPort?.on("message", (message: ToThread) => {
    if (message === "stop") stopping = true;
    else handed.put(message);
  });
  while (!stopping) {
    const more = await writer.round();
    const { committed } = writer.joined;
    if (!more && committed !== synced) {
      await writer.joined.sync();
      synced = committed;
    } else if (more && syncing === undefined) {
      // Beside the next round, so that little is left for the last one. What fails here fails there again.
      syncing = writer.joined
        .sync()
        .catch(() => {})
        .finally(() => {
          syncing = undefined;
        });
    }
    const positions = places.map((place) => writer.positionOf(place.policy, place.stream));
    tell({ kind: "reached", positions, durable: synced === committed });
    if (more) await new Promise((resolve) => setImmediate(resolve));
    else await handed.come(PAUSE_MS);
  }
  await writer.close();
  await transport.close();
  parentPort?.close();
}

await run(workerData as JoinThread);
