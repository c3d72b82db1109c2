/**
 * A data folder whose policy explores by scores that differ: traffic on the seed model, joined and trained, then traffic
 * on the model that this made, some of it still open. With ids that would be formulas, HTML or quotes elsewhere.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import { loadConfig } from "../../../src/config.ts";
import { serve } from "../../../src/server/main.ts";
import { train } from "../../../workers/retrain/trainer.ts";
import { TestServer } from "../../unit/server/fakes.ts";
import { installation, joinAll, policy, serveTraffic } from "../compact/installation.ts";

export const WILD_ITEMS = [
  '=HYPERLINK("http://x","y")',
  "+1+1",
  "-2+3",
  "@SUM(A1:A9)",
  "\t=1",
  "\r=1",
  "<script>alert(1)</script>",
  'a"b,c\r\nd',
  "Ünïcode 🂡",
];

export interface Exploring {
  readonly dataDir: string;
  readonly server: TestServer;
  /** Ids of decisions that have closed, and of those that have not. */
  readonly closed: readonly string[];
  readonly open: readonly string[];
  close(): Promise<void>;
}

/** A deadline that a busy machine meets, and a floor that keeps weights small: at most 1/6 : 0.04 in the fourth of nine. */
const SETTINGS = { exploration: { name: "plackettLuce", floor: 0.04 }, timeoutMs: 30_000 };

/** @param n decisions on each of the two models; then one for wild ids. */
export async function exploring(n: number): Promise<Exploring> {
  const dataDir = mkdtempSync(join(tmpdir(), "brigand-logs-"));
  const layout = layoutOf(dataDir);
  await withServer(dataDir, (server) => server.send("PUT", `/v1/policies/${policy}`, JSON.stringify(SETTINGS)));
  const first = await installation(dataDir, n);
  await train({ layout, policy, now: systemClock.now(), versionsKept: 3 });
  const second = await serveTraffic(dataDir, n, "second");
  await joinAll(layout);
  const server = await serving(dataDir);
  const items = WILD_ITEMS.map((id) => ({ id }));
  const wild = { policy, decisionId: "=wild", items, context: { note: "=1+1", html: "<b>" }, slots: items.length };
  await server.post("/v1/rank", wild);
  return {
    dataDir,
    server,
    closed: [...first.ledger.propensities.keys(), ...second.propensities.keys()],
    open: ["=wild"],
    async close() {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function serving(dataDir: string): Promise<TestServer> {
  const running = await serve(loadConfig({}, { dataDir, port: 0, logLevel: "silent" }));
  return new TestServer(running.url, () => running.close());
}

async function withServer(dataDir: string, use: (server: TestServer) => Promise<unknown>): Promise<void> {
  const server = await serving(dataDir);
  await use(server);
  await server.close();
}
