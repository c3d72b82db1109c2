/** Who serves when labels change: at once, in every process, whatever else is under way; pushed versions by label alone. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { labelStore } from "../../../src/adapters/fs/labelStore.ts";
import { modelStore, readBundle } from "../../../src/adapters/fs/modelStore.ts";
import { loadModel } from "../../../src/adapters/onnx/session.ts";
import { labelHints } from "../../../src/adapters/socket/labelHints.ts";
import { noLabels } from "../../../src/core/model/labels.ts";
import type { LoadModel } from "../../../src/ports/models.ts";
import { startModelRegistry } from "../../../src/server/models/registry.ts";
import { publicationOf, temporaryFolder } from "./fixtures.ts";

const seed = readBundle(join(import.meta.dirname, "..", "..", "..", "models", "seed", "0"));

/** A server process as far as models go; its looks are the test's, but for hints. */
async function processOn(folder: string, options: { load?: LoadModel; hints?: boolean } = {}) {
  const told: unknown[] = [];
  const hints = options.hints === true ? labelHints(join(folder, "hints"), (error) => told.push(error)) : undefined;
  const registry = await startModelRegistry({
    reader: modelStore({ folder }),
    labels: labelStore(folder),
    hints,
    load: options.load ?? loadModel,
    seed: await seed,
    clock: { now: () => 1_000, elapsed: () => 0 },
    later: () => () => {},
    labelPollMs: 3_600_000,
  });
  onTestFinished(() => registry.close());
  return { registry, told, serving: () => registry.status("news").serving };
}

async function published(folder: string, ...seeds: readonly number[]): Promise<void> {
  for (const number of seeds) await modelStore({ folder }).publish(publicationOf({ seed: number }));
}

async function pushed(folder: string, number: number): Promise<void> {
  const publication = publicationOf({ seed: number });
  await modelStore({ folder }).publish({ ...publication, draft: { ...publication.draft, pushed: true } });
}

test("a rollback serves at once, while a newer version is still being loaded", async () => {
  const folder = await temporaryFolder();
  await published(folder, 1, 2);
  let release: () => void = () => {};
  const load: LoadModel = async (bundle) => {
    if (bundle.manifest.version === 3) await new Promise<void>((resolve) => (release = resolve));
    return loadModel(bundle);
  };
  const { registry, serving } = await processOn(folder, { load });
  await registry.poll("news");
  await registry.label("news", { stable: 1 }, "one");
  await registry.label("news", { stable: 2 }, "two");
  await registry.label("news", { stable: null }, "the newest");
  await published(folder, 3);
  const looking = registry.poll("news");
  await expect.poll(() => registry.states("news").at(-1)?.state, { interval: 2 }).toBe("LOADING");
  const back = registry.rollback("news", "back");
  await expect.poll(serving, { interval: 2 }).toBe(1);
  release();
  await Promise.all([back, looking]);
  // What was loaded meanwhile does not overtake the label.
  expect(serving()).toBe(1);
});

test("processes tell each other of labels, and those that are gone are forgotten", async () => {
  const folder = await temporaryFolder();
  await published(folder, 1, 2);
  const [a, b, c] = [
    await processOn(folder, { hints: true }),
    await processOn(folder, { hints: true }),
    await processOn(folder, { hints: true }),
  ];
  await c.registry.close();
  await a.registry.label("news", { stable: 1 }, "one");
  // Nobody looks here: it was told.
  await expect.poll(b.serving, { interval: 2 }).toBe(1);
  await b.registry.rollback("news", "back");
  await expect.poll(a.serving, { interval: 2 }).toBe(2);
  expect([a.told, b.told, c.told]).toEqual([[], [], []]);
});

test("older labels that come late change nothing", async () => {
  const folder = await temporaryFolder();
  await published(folder, 1, 2);
  const { registry, serving } = await processOn(folder);
  const first = await registry.label("news", { stable: 1 }, "one");
  const second = await registry.label("news", { stable: 2 }, "two");
  const store = labelStore(folder);
  expect((await store.history("news")).map(({ generation }) => generation)).toEqual([1, 2]);
  const late = { ...labelStore(folder), read: async () => first };
  const other = await startModelRegistry({
    ...{ reader: modelStore({ folder }), labels: late, load: loadModel, seed: await seed, later: () => () => {} },
    ...{ clock: { now: () => 1_000, elapsed: () => 0 }, labelPollMs: 3_600_000 },
  });
  onTestFinished(() => other.close());
  expect(other.labels("news")).toEqual(first);
  expect([registry.labels("news"), serving()]).toEqual([second, 2]);
  expect(registry.labels("other")).toEqual(noLabels);
});

test("no folder for sockets leaves labels to looking, and says so", async () => {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, "news"), { recursive: true });
  const told: unknown[] = [];
  const hints = labelHints("\0", (error) => told.push(error));
  expect(() => hints.tell("news", noLabels)).not.toThrow();
  expect(told.length).toBeGreaterThan(0);
});

test("a process that begins with the newest version goes back to the one before, not to the seed", async () => {
  const folder = await temporaryFolder();
  await published(folder, 1, 2, 3);
  await pushed(folder, 4);
  const { registry, serving } = await processOn(folder);
  expect(serving()).toBe(3);
  await registry.poll("news");
  expect(registry.states("news").map(({ version, state }) => `${version} ${state}`)).toContain("2 READY");
  await registry.rollback("news", "back");
  expect(serving()).toBe(2);
});

test("a pushed version serves by its label alone; when that goes what was learned here serves, else the seed", async () => {
  const folder = await temporaryFolder();
  await pushed(folder, 1);
  const { registry, serving } = await processOn(folder);
  expect(serving()).toBe(0);
  await registry.label("news", { stable: 1 }, "pushed");
  expect(serving()).toBe(1);
  await registry.label("news", { stable: null }, "taken away");
  expect(serving()).toBe(0);
  await published(folder, 2);
  await pushed(folder, 3);
  await registry.poll("news");
  expect(serving()).toBe(2);
  await registry.label("news", { stable: 3 }, "pushed");
  expect(serving()).toBe(3);
  await registry.label("news", { stable: null }, "taken away");
  expect(serving()).toBe(2);
});
