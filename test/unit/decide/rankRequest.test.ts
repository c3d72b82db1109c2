import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Value } from "typebox/value";
import { describe, expect, it } from "vitest";
import { readRank } from "../../../src/core/decide/rankRequest.ts";
import { BrigandError } from "../../../src/core/errors.ts";
import { RankBody } from "../../../src/server/schemas/rank.ts";

const FOLDER = join(import.meta.dirname, "../../fixtures/bad-input");
const full = {
  policy: "home",
  decisionId: "d1",
  user: { id: "u1", features: { plan: "free", tags: ["a", "b"] } },
  session: "s1",
  consent: ["serve_personalised"],
  context: { device: "mobile", hour: 21, nested: { deep: [1, true, null] } },
  items: [{ id: "72998", features: { genre: ["sci-fi"], price: 9.5 } }, { id: "1580" }],
  exclude: ["5"],
  baseline: "72998",
  pins: [{ id: "1580", position: 1 }],
  slots: 2,
  timeoutMs: 20,
  defer: false,
  explain: true,
};

describe("the check of ranking requests and the schema that documents it", () => {
  it("take the same full request, and the schema knows every field of it", () => {
    expect(readRank(full)).toBe(full);
    expect(Value.Check(RankBody, full)).toBe(true);
    expect(Object.keys(RankBody.properties).sort()).toEqual(Object.keys(full).sort());
  });

  const bodies = readdirSync(FOLDER)
    .map((file) => ({ name: file, ...JSON.parse(readFileSync(join(FOLDER, file), "utf8")) }))
    .filter(({ path, body, code }) => path === "/v1/rank" && typeof body === "string" && code === "CB_BODY_INVALID");

  it.each(bodies)("refuse the same: $name", ({ body }) => {
    const value: unknown = JSON.parse(body);
    expect(() => readRank(value)).toThrow(BrigandError);
    // JSON schemas cannot tell a number that is not finite from another.
    if (!/1e400|1e999/.test(body)) expect(Value.Check(RankBody, value)).toBe(false);
  });

  it("refuse null where a field may be absent", () => {
    expect(() => readRank({ ...full, slots: null })).toThrow("slots must be an integer");
  });
});
