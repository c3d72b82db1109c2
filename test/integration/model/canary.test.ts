/** A canary through the whole product: a sticky share, named in the log, taken back in every process when it is worse. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { bundleOf, linearScore } from "../../support/foreignModels.ts";
import { startBrigand } from "../../support/processes.ts";

const json = (method: string, value: unknown): RequestInit => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

interface Ranked {
  readonly decisionId: string;
  readonly variant: string;
  readonly modelVersion: number;
}

async function ask<Answer>(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text);
}

test("a canary serves the same subjects each time, and goes when its rewards are worse", {
  timeout: 120_000,
}, async () => {
  const { url, dataDir } = await startBrigand("serve");
  await startBrigand("work", { dataDir });
  const items = ["a", "b"].map((id) => ({ id }));
  await ask(`${url}/v1/policies/home`, json("PUT", { rewardWindowMs: 500, settleMs: 200 }));
  const rank = (user: number) =>
    ask<Ranked>(`${url}/v1/rank`, json("POST", { policy: "home", user: { id: `u${user}` }, items, slots: 1 }));
  await rank(0);
  const push = (weight: number, query: string) =>
    ask<{ version: number }>(`${url}/v1/models/home/versions?${query}`, {
      method: "POST",
      headers: { "content-type": "application/x-tar" },
      body: Buffer.from(bundleOf(linearScore([weight, 0, 0, 0, 0]))),
    });
  const stable = (await push(1, "label=stable")).version;
  const canary = (await push(2, "label=canary&share=0.5")).version;
  const first = await Promise.all(Array.from({ length: 40 }, (_, user) => rank(user)));
  const again = await Promise.all(Array.from({ length: 40 }, (_, user) => rank(user)));
  expect(again.map(({ variant }) => variant)).toEqual(first.map(({ variant }) => variant));
  expect(new Set(first.map(({ variant, modelVersion }) => `${variant} ${modelVersion}`))).toEqual(
    new Set([`default ${stable}`, `default:${canary}.2 ${canary}`]),
  );
  // Decisions of the first two seconds do not count: servers may not all have followed.
  await sleep(2_500);
  for (let user = 0; user < 600; user++) {
    const { decisionId, modelVersion } = await rank(user);
    const value = modelVersion === canary ? 0 : 1;
    await ask(`${url}/v1/rewards`, json("POST", [{ decisionId, value }]));
  }
  const labels = () => ask<{ canary?: unknown; reason: string; stable: number }>(`${url}/v1/models/home/labels`);
  await expect.poll(labels, { timeout: 60_000, interval: 200 }).not.toHaveProperty("canary");
  expect(await labels()).toMatchObject({
    stable,
    reason: expect.stringContaining(`canary ${canary} taken back: worse by`),
  });
  const after = await Promise.all(Array.from({ length: 40 }, (_, user) => rank(user)));
  expect(new Set(after.map(({ modelVersion }) => modelVersion))).toEqual(new Set([stable]));
});
