import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AuditLine, actsOf, readAuditLine } from "../../../src/core/access/audit.ts";
import { take } from "../../../src/core/access/bucket.ts";
import { isValid, readKeyRecord, readTerms, told } from "../../../src/core/access/keyRecord.ts";
import { isLoopback } from "../../../src/core/access/loopback.ts";
import { checkReach, EVERYBODY, hasRole, within } from "../../../src/core/access/principal.ts";

const record = {
  ...{ id: "0123456789", hash: "a".repeat(64), name: "shop", roles: ["app"], policies: ["home"] },
  ...{ createdAt: 1, expiresAt: 100 },
};

describe("a token bucket", () => {
  it("lets through no more than one second's worth and the rate, whenever requests come", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 50 }), (waits, rate) => {
        const bucket = { tokens: rate, at: 0 };
        let now = 0;
        let passed = 0;
        for (const wait of waits) {
          now += wait;
          if (take(bucket, rate, now) === 0) passed++;
        }
        return passed <= rate + (now * rate) / 1000 + 1e-6;
      }),
      { seed: 17, numRuns: 300 },
    );
  });

  it("says when the next one may come, and then it may", () => {
    const bucket = { tokens: 1, at: 0 };
    expect(take(bucket, 2, 0)).toBe(0);
    expect(take(bucket, 2, 0)).toBe(500);
    expect(take(bucket, 2, 499)).toBeCloseTo(1);
    expect(take(bucket, 2, 500)).toBe(0);
  });
});

describe("a key's record", () => {
  it("is read as it was written, and told without its hash", () => {
    const read = readKeyRecord(JSON.parse(JSON.stringify(record)));
    expect(read).toEqual(record);
    expect(told(read, 50)).toMatchObject({ id: "0123456789", state: "active" });
    expect(JSON.stringify(told(read, 50))).not.toContain(record.hash);
  });

  it("is valid until it expires or is revoked", () => {
    const read = readKeyRecord(record);
    expect([isValid(read, 99), isValid(read, 100), isValid({ ...read, revokedAt: 5 }, 50)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([told(read, 100).state, told({ ...read, revokedAt: 5 }, 50).state]).toEqual(["expired", "revoked"]);
  });

  it("takes only known roles, names of policies and fields", () => {
    const bad = [
      ...[{ roles: ["root"] }, { roles: [] }, { roles: "app" }, { roles: ["app", "app"] }, { policies: [] }],
      ...[{ policies: ["../x"] }, { policies: "home" }, { name: "" }, { name: "a\nb" }, { requestsPerSecond: 0 }],
      ...[{ expiresAt: 1.5 }, { admin: true }],
    ];
    for (const wrong of bad) {
      expect(() => readTerms({ name: "n", roles: ["app"], ...wrong }), JSON.stringify(wrong)).toThrow(/must be/);
    }
  });
});

describe("a principal", () => {
  it("has the roles of its key, and an admin all", () => {
    const app = { name: "a", roles: ["app"], policies: ["home"] } as const;
    expect([hasRole(app, ["app", "ml"]), hasRole(app, ["ml"]), hasRole(app, [])]).toEqual([true, false, false]);
    expect(hasRole({ ...app, roles: ["admin"] }, [])).toBe(true);
    expect(() => checkReach(app, "other")).toThrow("must reach");
    expect(within(app, ["home", "other"])).toEqual(["home"]);
    expect(within(EVERYBODY, ["home", "other"])).toEqual(["home", "other"]);
  });
});

describe("an address to listen on", () => {
  it("is the machine's own or it is not", () => {
    for (const host of ["127.0.0.1", "127.9.9.9", "::1", "localhost"]) expect(isLoopback(host), host).toBe(true);
    for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.org", "localhost.example.org", ""])
      expect(isLoopback(host), host).toBe(false);
  });
});

describe("lines of the audit log", () => {
  const asked = (id: string): AuditLine => ({
    kind: "asked",
    id,
    at: 1,
    by: { name: "me" },
    act: "PUT /x",
    target: "/x",
  });

  it("join an act with its outcome, in the order in which they were asked", () => {
    const lines = [asked("a"), asked("b"), { kind: "done", id: "b", at: 2, status: 200 } as const, asked("c")];
    expect(actsOf(lines, 2).map(({ id, status }) => [id, status])).toEqual([
      ["b", 200],
      ["c", undefined],
    ]);
  });

  it("are read as they were written; what was cut short is left out", () => {
    const text = JSON.stringify(asked("a"));
    expect(readAuditLine(text)).toEqual(asked("a"));
    for (let end = 0; end < text.length; end++) expect(readAuditLine(text.slice(0, end))).toBeUndefined();
  });
});
