/** The product as the benchmarks measure it: a server of its own data folder that serves a trained model. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "@msgpack/msgpack";
import { itemId, numbersOf, POLICY, send, setExplorer, tellingRequest, trainOnce, warmUp } from "./prepare.mjs";
import { startProcess } from "./processes.mjs";

/**
 * @param shape items, slots, features: numbers stored of each item; telling: strings in the request instead; numbers:
 *   the stored numbers in the request once more, as "json" or as "matrix" (MessagePack).
 * @returns the process, where it listens, the body to send and an answer to it
 */
export async function startProduct(
  dist,
  { items, slots, features, telling = false, numbers, explorer = "plackettLuce" },
) {
  const dataDir = mkdtempSync(join(tmpdir(), "brigand-bench-"));
  const server = startProcess(join(import.meta.dirname, "server.mjs"), { BENCH_DIST: dist });
  const { url, port } = await server.ask("listen", { dataDir, logLevel: "warn" });
  await warmUp(url, { items, slots, features, telling });
  const model = await trainOnce(dist, { dataDir, url });
  await setExplorer(url, explorer);
  const stored = Array.from({ length: items }, (_, i) => ({ id: itemId(i) }));
  const request = telling
    ? tellingRequest({ items, slots })
    : { policy: POLICY, user: { id: "user-0000000000" }, items: stored, slots };
  const like = await send(`${url}/v1/rank`, "POST", JSON.stringify(request));
  const { body, type } = bodyOf(request, { numbers, features });
  return {
    ...{ process: server, url, port, path: "/v1/rank", body, type, like, model },
    /** Full segments: nobody reads them here. */
    freeLog() {
      const wal = join(dataDir, "wal", POLICY);
      for (const stream of readdirSync(wal))
        for (const segment of readdirSync(join(wal, stream)).sort().slice(0, -1)) rmSync(join(wal, stream, segment));
    },
    async end() {
      await server.end();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A string, or bytes as base64: they cross to the load generator as JSON. */
function bodyOf(request, { numbers, features }) {
  const { items } = request;
  const rows = numbersOf(items.length, features);
  const names = Array.from({ length: features }, (_, j) => `f${j}`);
  if (numbers === "matrix") {
    const values = new Uint8Array(Float32Array.from(rows.flat()).buffer);
    const packed = encode({ ...request, itemNumbers: { names, values } });
    return { body: { base64: Buffer.from(packed).toString("base64") }, type: "application/msgpack" };
  }
  if (numbers !== "json") return { body: JSON.stringify(request) };
  const told = items.map(({ id }, i) => ({
    id,
    features: Object.fromEntries(names.map((name, j) => [name, rows[i][j]])),
  }));
  return { body: JSON.stringify({ ...request, items: told }) };
}
