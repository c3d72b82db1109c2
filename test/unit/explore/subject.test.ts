import { createHmac, createSecretKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { framed } from "../../../src/adapters/crypto/framed.ts";
import { hmacOf } from "../../../src/adapters/crypto/hmac.ts";
import { nonce, seedOf } from "../../../src/adapters/crypto/seed.ts";
import { pseudonymiser, subjectOf } from "../../../src/adapters/crypto/subject.ts";

const key = Buffer.alloc(32, 7);
const source = { key, keyVersion: 1 };

describe("pseudonyms", () => {
  it("are the first 128 bits of the HMAC over version, kind and id, 22 characters of base64url", () => {
    const digest = createHmac("sha256", key).update("1:14:user5:alice").digest();
    expect(subjectOf(source, "user", "alice")).toBe(digest.subarray(0, 16).toString("base64url"));
    expect(subjectOf(source, "user", "alice")).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  it("differ by id, kind, key and key version", () => {
    const others = [
      subjectOf(source, "user", "bob"),
      subjectOf(source, "session", "alice"),
      subjectOf({ key: Buffer.alloc(32, 8), keyVersion: 1 }, "user", "alice"),
      subjectOf({ key, keyVersion: 2 }, "user", "alice"),
    ];
    expect(new Set([...others, subjectOf(source, "user", "alice")]).size).toBe(5);
  });

  it("stay the same when the memory is full, for one subject or long ids", () => {
    const pseudonymise = pseudonymiser({ ...source, entriesMax: 3 });
    const ids = ["a", "b", "c", "d", "a", "e", "a", "x".repeat(1000), "x".repeat(1000), "d", ""];
    for (const id of ids) expect(pseudonymise("user", id)).toBe(subjectOf(source, "user", id));
    for (const id of ids) expect(pseudonymise("session", id)).toBe(subjectOf(source, "session", id));
  });
});

describe("the keyed hash", () => {
  it("is node:crypto's HMAC-SHA256 for keys shorter and longer than a block and texts of any length and script", () => {
    for (const bytes of [0, 1, 32, 63, 64, 65, 200]) {
      const any = Buffer.alloc(bytes, 0xa7);
      for (const length of [0, 1, 55, 64, 1999, 2000, 2001, 9000]) {
        for (const unit of ["a", "é", "名", "\ud800"]) {
          const text = unit.repeat(length);
          expect(hmacOf(any)(text)).toBe(createHmac("sha256", any).update(text).digest("hex"));
        }
      }
    }
  });

  it("keeps the texts of several keys apart, however their calls alternate", () => {
    const [one, two] = [hmacOf(Buffer.alloc(32, 1)), hmacOf(Buffer.alloc(32, 2))];
    const first = one("x".repeat(100));
    two("y".repeat(1000));
    expect(one("x".repeat(100))).toBe(first);
    expect(two("x".repeat(100))).not.toBe(first);
  });
});

describe("seeds", () => {
  const decision = { policy: "home", decisionId: "d1", nonce: "00ff" };

  it("are the HMAC over policy, decision and nonce, the same for a key in either form", () => {
    const digest = createHmac("sha256", key).update("4:home2:d14:00ff").digest("hex");
    expect(seedOf({ key, ...decision })).toBe(digest);
    expect(seedOf({ key: createSecretKey(key), ...decision })).toBe(digest);
  });

  it("differ when the border between two parts moves", () => {
    expect(seedOf({ key, policy: "home", decisionId: "d1", nonce: "" })).not.toBe(
      seedOf({ key, policy: "homed", decisionId: "1", nonce: "" }),
    );
    expect(framed("ab", "c")).not.toBe(framed("a", "bc"));
    expect(framed("1:a", "")).not.toBe(framed("1:", "a"));
  });

  it("come from nonces of 128 bits that do not repeat", () => {
    const nonces = Array.from({ length: 5000 }, nonce);
    expect(new Set(nonces).size).toBe(5000);
    expect(nonces.every((text) => /^[0-9a-f]{32}$/.test(text))).toBe(true);
  });
});
