/** The label shadow through the whole product: it serves nobody, and what it says of each decision is in the log. */
import { expect, test } from "vitest";
import { bundleOf, linearScore } from "../../support/foreignModels.ts";
import { runBrigand, startBrigand } from "../../support/processes.ts";

interface Ranked {
  readonly decisionId: string;
  readonly modelVersion: number;
  readonly items: readonly { readonly id: string; readonly score: number }[];
}

interface Explained {
  readonly candidates: readonly { readonly id: string }[];
  readonly replay: { readonly same: boolean };
  readonly shadows: readonly { readonly version: number; readonly first: string; readonly score: readonly number[] }[];
}

async function ask<Answer>(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text);
}

const json = (value: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

const items = ["a", "b", "c"].map((id) => ({ id }));

test("a shadow serves nobody, and its scores stand in the log beside the decisions", { timeout: 120_000 }, async () => {
  const { url, dataDir } = await startBrigand("serve");
  await startBrigand("work", { dataDir });
  const push = (weight: number, label: string) =>
    ask<{ version: number }>(`${url}/v1/models/home/versions?label=${label}`, {
      method: "POST",
      headers: { "content-type": "application/x-tar" },
      body: Buffer.from(bundleOf(linearScore([weight, 0, 0, 0, 0]))),
    });
  const rank = () => ask<Ranked>(`${url}/v1/rank`, json({ policy: "home", items }));
  await rank();
  // The stable one likes the first place best, the shadow the last.
  const stable = (await push(-1, "stable")).version;
  const shadow = (await push(1, "shadow")).version;
  expect(await ask(`${url}/v1/models/home/labels`)).toMatchObject({ stable, shadow });
  const ranked = await Promise.all(Array.from({ length: 10 }, rank));
  expect(new Set(ranked.map(({ modelVersion }) => modelVersion))).toEqual(new Set([stable]));

  const explained = (id: string) => ask<Explained>(`${url}/v1/decisions/${id}?rewards=true`);
  for (const { decisionId } of ranked) {
    await expect.poll(async () => (await explained(decisionId)).shadows.length, { interval: 50 }).toBe(1);
    const { candidates, replay, shadows } = await explained(decisionId);
    expect(replay.same).toBe(true);
    expect(candidates.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    // log2(2 + place) of each, which is all that the model reads.
    expect(shadows).toMatchObject([{ version: shadow, first: "c" }]);
    shadows[0].score.forEach((score, place) => expect(score).toBeCloseTo(Math.log2(2 + place), 5));
  }
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/brigand_shadow_total\{outcome="differed"\} (?:10|[1-9]\d)/);
  // Joining and replaying pass over what shadows said.
  await expect
    .poll(
      async () =>
        (await runBrigand(["replay", "--verify", "--json", "--policy", "home"], { DATA_DIR: dataDir })).stdout,
      {
        timeout: 60_000,
        interval: 500,
      },
    )
    .toContain('"equal":true');
  await ask(`${url}/v1/models/home/labels`, json({ shadow: null }));
  const { decisionId } = await rank();
  expect((await explained(decisionId)).shadows).toEqual([]);
});
