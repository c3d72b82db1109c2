/** A data folder as a real server, writer and learner leave it, and the ledger of what was sent to it. */
import { vi } from "vitest";
import { openFsTransport } from "../../../src/adapters/fs/fsTransport.ts";
import { type Layout, layoutOf } from "../../../src/adapters/fs/layout.ts";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import { loadConfig } from "../../../src/config.ts";
import { defaultBounds } from "../../../src/core/pipeline.ts";
import { defaultSettings } from "../../../src/core/settings/policy.ts";
import { serve } from "../../../src/server/main.ts";
import { PolicyWriter } from "../../../workers/writer/policyWriter.ts";
import { items, TestServer } from "../../unit/server/fakes.ts";

export interface Ledger {
  /** Sum of rewards by "decision item"; rows that got none are there with 0. */
  readonly rewards: Map<string, number>;
  /** Propensities of each decision's slots as they were answered. */
  readonly propensities: Map<string, readonly number[]>;
}

export const policy = "home";

const real = systemClock.now;
/** How far this process' clock is ahead; it only grows, as the log's times must. */
let aheadMs = 0;
const LONGER_THAN_THE_WINDOW_MS = 15 * 60_000;

/**
 * A server of its own, so a stream of its own: n decisions of 4 slots with rewards for some rows, most of the caller's
 * own ids. Then the clock jumps and a reward comes that is too late, so every decision has closed.
 */
export async function serveTraffic(dataDir: string, n: number, name = "d"): Promise<Ledger> {
  vi.spyOn(systemClock, "now").mockImplementation(() => real() + aheadMs);
  const config = loadConfig({}, { dataDir, port: 0, logLevel: "silent" });
  const serving = await serve(config);
  const server = new TestServer(serving.url, () => serving.close());
  const ledger: Ledger = { rewards: new Map(), propensities: new Map() };
  for (let i = 0; i < n; i++) {
    const ids = i % 3 === 0 ? {} : { decisionId: `${name}${i}` };
    const body = {
      policy,
      ...ids,
      user: { id: `u${i % 7}` },
      context: { device: i % 2 === 0 ? "tv" : "phone" },
      items: items(9),
      slots: 4,
      timeoutMs: 30_000,
      explain: true,
    };
    const { body: answer } = await server.post("/v1/rank", body);
    const shown: { id: string; propensity: number }[] = answer.items;
    ledger.propensities.set(
      answer.decisionId,
      shown.map(({ propensity }) => propensity),
    );
    const rewards = shown.map((_, slot) => (i + slot) % 4);
    for (const [slot, value] of rewards.entries()) {
      const { id: item } = shown[slot];
      ledger.rewards.set(`${answer.decisionId} ${item}`, value);
      if (value > 0) await server.post("/v1/rewards", { decisionId: answer.decisionId, item, value });
    }
  }
  aheadMs += LONGER_THAN_THE_WINDOW_MS;
  await server.post("/v1/rewards", { decisionId: [...ledger.propensities.keys()].at(-1), value: 1000 });
  await server.close();
  return ledger;
}

/** Joins everything that the servers wrote. */
export async function joinAll(layout: Layout): Promise<void> {
  const transport = openFsTransport({ layout });
  const options = {
    policy,
    layout,
    transport,
    settings: defaultSettings,
    bounds: defaultBounds,
    elapsed: () => performance.now(),
  };
  const writer = await PolicyWriter.open(options);
  if (writer === undefined) throw new Error("another process writes the policy");
  while (await writer.round());
  await writer.close();
  await transport.close();
}

export async function installation(dataDir: string, n: number): Promise<{ layout: Layout; ledger: Ledger }> {
  const layout = layoutOf(dataDir);
  const ledger = await serveTraffic(dataDir, n);
  await joinAll(layout);
  return { layout, ledger };
}
