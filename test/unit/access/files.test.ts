import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openAccess } from "../../../src/adapters/access.ts";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { Keyring } from "../../../src/server/access/keyring.ts";
import { temporaryFolder } from "../../support/tmp.ts";

function opened(dataDir: string, refused: string[] = []) {
  const access = openAccess({ layout: layoutOf(dataDir), host: "127.0.0.1", refused: (file) => refused.push(file) });
  return { access, ring: new Keyring({ access, keysMax: 3, now: () => 1000 }) };
}
const terms = { name: "shop", roles: ["app"], policies: "all" } as const;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

describe("keys on disk", () => {
  it("are kept as hashes, for the owner alone", async () => {
    const dataDir = temporaryFolder();
    const { access, ring } = opened(dataDir);
    const { key, id } = await ring.create(terms);
    const folder = join(dataDir, "access", "keys");
    expect(key).toMatch(new RegExp(`^bgd_${id}_[A-Za-z0-9_-]{43}$`));
    expect(readdirSync(folder)).toEqual([`${id}.json`]);
    const text = readFileSync(join(folder, `${id}.json`), "utf8");
    expect(text).not.toContain(key.slice(15));
    expect(statSync(join(folder, `${id}.json`)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(access.keys.find(access.hash(key))?.id).toBe(id);
    access.keys.close();
  });

  it("are seen by other processes, revocations too", async () => {
    const dataDir = temporaryFolder();
    const one = opened(dataDir);
    const two = opened(dataDir);
    const { key, id } = await one.ring.create(terms);
    await until(() => two.access.keys.find(two.access.hash(key)) !== undefined);
    await two.ring.revoke(id);
    await until(() => one.access.keys.get(id)?.revokedAt === 1000);
    for (const { access } of [one, two]) access.keys.close();
  });

  it("count where they cannot be read: damage never opens the door", () => {
    const dataDir = temporaryFolder();
    const folder = join(dataDir, "access", "keys");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "0123456789.json"), "{");
    const refused: string[] = [];
    const { access } = opened(dataDir, refused);
    expect([access.keys.count, access.keys.list(), refused]).toEqual([1, [], ["0123456789.json"]]);
    access.keys.close();
  });

  it("are rotated with an overlap, on the same terms, within their bound", async () => {
    const { access, ring } = opened(temporaryFolder());
    const old = await ring.create({ ...terms, expiresAt: 50_000, requestsPerSecond: 7 });
    const made = await ring.rotate(old.id, 500);
    expect(made).toMatchObject({
      name: "shop",
      roles: ["app"],
      rotates: old.id,
      requestsPerSecond: 7,
      expiresAt: 50_000,
    });
    expect(access.keys.get(old.id)?.expiresAt).toBe(1500);
    await ring.revoke(made.id);
    await expect(ring.rotate(made.id, 0)).rejects.toMatchObject({ code: "CB_KEY_ENDED" });
    await expect(ring.revoke("nobodynone")).rejects.toMatchObject({ code: "CB_KEY_UNKNOWN" });
    await ring.create(terms);
    await expect(ring.create(terms)).rejects.toMatchObject({ code: "CB_KEYS_FULL" });
    access.keys.close();
  });
});

describe("the audit log on disk", () => {
  it("goes on after a line that a crash cut short, and is never written over", async () => {
    const dataDir = temporaryFolder();
    const { access } = opened(dataDir);
    const line = {
      kind: "asked",
      by: { name: "me" },
      act: "keys create",
      target: "x",
      at: Date.UTC(2026, 0, 5),
    } as const;
    await access.audit.append({ ...line, id: "a" });
    const file = join(dataDir, "access", "audit", "2026-01.jsonl");
    appendFileSync(file, '\n{"kind":"asked","id":"half');
    await access.audit.append({ ...line, id: "b" });
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => access.audit.append({ ...line, id: `c${i}`, at: Date.UTC(2026, 1) })),
    );
    expect((await access.audit.acts(100)).map(({ id }) => id).slice(0, 2)).toEqual(["a", "b"]);
    expect(await access.audit.acts(100)).toHaveLength(22);
    expect(readFileSync(file, "utf8")).toContain("half");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    access.keys.close();
  });
});
