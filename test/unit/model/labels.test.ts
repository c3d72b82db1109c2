import { describe, expect, test } from "vitest";
import { labelStore } from "../../../src/adapters/fs/labelStore.ts";
import { changed, labelled, noLabels, rolledBack } from "../../../src/core/model/labels.ts";
import { temporaryFolder } from "./fixtures.ts";

const at = { at: 5, reason: "test" };
const one = changed(noLabels, { stable: 1 }, { ...at, serving: 0 });
const two = changed(one, { stable: 2 }, { ...at, serving: 1 });

describe("labels", () => {
  test("a rollback goes back along what was stable, and further with the next one", () => {
    const back = rolledBack(two, { ...at, line: "home", serving: 2 });
    expect(back).toMatchObject({ generation: 3, stable: 1, history: [0] });
    expect(rolledBack(back, { ...at, line: "home", serving: 1 }).stable).toBe(0);
  });

  test("without labels a rollback holds what served before", () => {
    expect(rolledBack(noLabels, { ...at, line: "home", serving: 7, before: 6 }).stable).toBe(6);
    expect(() => rolledBack(noLabels, { ...at, line: "home", serving: 0 })).toThrow("earlier version");
  });

  test("a canary keeps the generation in which it began, ends when it becomes stable or is rolled back", () => {
    const canary = changed(two, { canary: { version: 3, share: 0.1 } }, { ...at, serving: 2 });
    const shadow = changed(canary, { shadow: 4 }, { ...at, serving: 2 });
    expect(shadow.canary).toEqual({ version: 3, share: 0.1, since: 3 });
    expect([...labelled(shadow)].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(changed(shadow, { stable: 3 }, { ...at, serving: 2 }).canary).toBeUndefined();
    expect(rolledBack(shadow, { ...at, line: "home", serving: 2 }).canary).toBeUndefined();
  });

  test("of two who write the same generation one is told, and the mark changes with each change", async () => {
    const folder = await temporaryFolder();
    const [a, b] = [labelStore(folder), labelStore(folder)];
    expect(await a.read("home")).toEqual(noLabels);
    expect((await Promise.all([a.write("home", one), b.write("home", one)])).sort()).toEqual([false, true]);
    const mark = await a.mark();
    expect(await b.write("home", two)).toBe(true);
    expect(await a.mark()).not.toBe(mark);
    expect(await a.read("home")).toEqual(two);
  });
});
