/** Follows the joined log and the folder of models while a load runs: where each row was learned, what each version covers. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const POLL_MS = 25;
const BATCH_BYTES = 8 * 1024 * 1024;
const epoch = () => performance.timeOrigin + performance.now();

/** `stop()` gives `learned` [{ at, position }], `covers` version → log position, `lags` of commits in ms. */
export async function followLog(dist, { dataDir, policy }) {
  const load = (path) => import(pathToFileURL(join(dist, path)).href);
  const { JoinedReader } = await load("src/adapters/fs/joinedLogReader.js");
  const { OperationKind } = await load("src/core/join/operations.js");
  const { unpackPayload } = await load("src/core/log/payload.js");
  const reader = new JoinedReader({ directory: join(dataDir, "joined", policy), from: 0 });
  const models = join(dataDir, "models", policy);
  const learned = [];
  const lags = [];
  const covers = new Map();
  let running = true;
  const done = (async () => {
    while (running) {
      const { frames } = await reader.read(BATCH_BYTES);
      const now = epoch();
      for (const frame of frames) {
        if (frame.kind === OperationKind.commit) lags.push({ seen: now, ms: now - frame.time });
        if (frame.kind !== OperationKind.learn) continue;
        const { at } = JSON.parse(unpackPayload(frame.payload).head);
        learned.push({ at, position: frame.next });
      }
      for (const name of existsSync(models) ? readdirSync(models) : []) {
        const manifest = join(models, name, "manifest.json");
        if (!/^\d+$/.test(name) || covers.has(Number(name)) || !existsSync(manifest)) continue;
        covers.set(Number(name), JSON.parse(readFileSync(manifest, "utf8")).logPosition);
      }
      await sleep(POLL_MS);
    }
  })();
  return {
    async stop() {
      running = false;
      await done;
      reader.close();
      return { learned, covers, lags };
    },
  };
}

/**
 * Milliseconds from learnable to the first answer by a version that includes the row, for rows learnable within
 * [from, to); rows that no answer included count as `missed`.
 */
export function modelFreshness({ learned, covers }, versions, { settleMs, from, to }) {
  const answers = Object.entries(versions)
    .map(([version, at]) => ({ at, position: covers.get(Number(version)) ?? -1 }))
    .sort((a, b) => a.at - b.at);
  const times = [];
  let missed = 0;
  for (const { at, position } of learned) {
    const learnable = at + settleMs;
    if (learnable < from || learnable >= to) continue;
    const first = answers.find((candidate) => candidate.position >= position);
    if (first === undefined) missed++;
    else times.push(first.at - learnable);
  }
  return { times, missed };
}
