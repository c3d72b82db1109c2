/** The demo's users: rank, look, click, at a gentle rate, until their hour is over or the demo is removed. */

import { isObject } from "../../core/decide/check.ts";
import type { TimeMs } from "../../core/domain.ts";
import {
  DEMO_MS,
  DEMO_POLICY,
  DEMO_RATE_PER_S,
  demoRequest,
  demoSettings,
  demoWorld,
  worldItem,
} from "../../core/simulator/demo.ts";
import { createWorld, type Step } from "../../core/simulator/world.ts";
import type { Client } from "./client.ts";

export interface TrafficOptions {
  readonly client: Client;
  readonly now: () => TimeMs;
  /** When the demo began; its hour counts from there. */
  readonly since: TimeMs;
  /** Asked before every request: whether to go on. */
  readonly wanted: () => boolean;
  readonly pause: (ms: number) => Promise<void>;
}

const STEP_MS = 1000 / DEMO_RATE_PER_S;
/** Rewards travel together. */
const REWARDS_MS = 250;
/** After a refusal or an outage. */
const REST_MS = 1000;

interface Due {
  readonly at: TimeMs;
  readonly reward: {
    readonly decisionId: string;
    readonly item: string;
    readonly value: number;
    readonly rewardId: string;
  };
}

/** Resolves when the users have gone. Outages are waited out. */
export async function runTraffic(options: TrafficOptions): Promise<void> {
  const { now, since, wanted, pause } = options;
  const world = createWorld(demoWorld);
  const due: Due[] = [];
  const goesOn = () => wanted() && now() < since + DEMO_MS;
  let set = false;
  let index = Math.max(0, Math.floor((now() - since) / STEP_MS));
  let nextAt = now();
  let sentAt = now();
  while (goesOn()) {
    try {
      if (!set) await options.client.send("PUT", `/v1/policies/${DEMO_POLICY}`, demoSettings);
      set = true;
      due.push(...(await visit(options, world, world.step(index))));
      index++;
      if (now() - sentAt >= REWARDS_MS) {
        sentAt = now();
        await sendRewards(options, due);
      }
    } catch {
      await pause(REST_MS);
      nextAt = now();
    }
    nextAt += STEP_MS;
    await pause(Math.max(1, nextAt - now()));
  }
}

/** One list shown; what will come of it. */
async function visit(
  { client, now }: TrafficOptions,
  world: ReturnType<typeof createWorld>,
  step: Step,
): Promise<Due[]> {
  const answer = await client.send("POST", "/v1/rank", demoRequest(step));
  if (!isObject(answer) || typeof answer.decisionId !== "string" || !Array.isArray(answer.items)) return [];
  const { decisionId, items } = answer;
  const shown = items.map((item: unknown) => worldItem(isObject(item) ? String(item.id) : ""));
  const at = now();
  return world.rewards(step, shown).map(({ item, value, delayMs }) => ({
    at: at + delayMs,
    reward: { decisionId, item: `demo-${item}`, value, rewardId: `${decisionId}/${item}` },
  }));
}

async function sendRewards({ client, now }: TrafficOptions, due: Due[]): Promise<void> {
  const at = now();
  const ready = due.filter((entry) => entry.at <= at);
  if (ready.length === 0) return;
  await client.send(
    "POST",
    "/v1/rewards",
    ready.map(({ reward }) => reward),
  );
  const later = due.filter((entry) => entry.at > at);
  due.splice(0, due.length, ...later);
}
