import { describe, expect, it } from "vitest";
import type { KeyTerms } from "../../../src/core/access/keyRecord.ts";
import { Keyring } from "../../../src/server/access/keyring.ts";
import { buildApp } from "../../../src/server/app.ts";
import type { AppPorts } from "../../../src/server/ports.ts";
import { items, memoryPorts } from "./fakes.ts";

const ADMIN: KeyTerms = { name: "me", roles: ["admin"], policies: "all" };

async function running(change: (ports: AppPorts) => Partial<AppPorts> = () => ({})) {
  const { ports } = memoryPorts();
  const changed = { ...ports, ...change(ports) };
  const ring = new Keyring({ access: changed.access, keysMax: 100, now: () => changed.clock.now() });
  const app = await buildApp(changed);
  return { ports: changed, ring, http: app.http, close: () => app.close() };
}

describe("the gate", () => {
  it("takes a key as bearer, in two headers, and as the password or user of HTTP Basic", async () => {
    const { http, ring, close } = await running();
    const { key } = await ring.create(ADMIN);
    const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    const ways = [
      { authorization: `Bearer ${key}` },
      { authorization: `bearer ${key}` },
      { "x-api-key": key },
      { "ocp-apim-subscription-key": key },
      { authorization: basic(`me:${key}`) },
      { authorization: basic(`${key}:`) },
    ];
    for (const headers of [...ways, ...ways]) {
      expect((await http.inject({ url: "/v1/policies", headers })).statusCode, JSON.stringify(headers)).toBe(200);
    }
    for (const headers of [
      { authorization: `Bearer ${key}x` },
      { authorization: "Basic" },
      { "x-api-key": key.slice(1) },
    ]) {
      expect((await http.inject({ url: "/v1/policies", headers })).json().code).toBe("CB_KEY_INVALID");
    }
    await close();
  });

  it("asks a browser for the key on pages, and a program on the API", async () => {
    const { http, ring, close } = await running();
    await ring.create(ADMIN);
    expect((await http.inject({ url: "/" })).headers["www-authenticate"]).toMatch(/^Basic realm="Brigand"/);
    expect((await http.inject({ url: "/v1/policies" })).headers["www-authenticate"]).toBe('Bearer realm="Brigand"');
    await close();
  });

  it("refuses a revoked key at once, though it was remembered", async () => {
    const { http, ring, close } = await running();
    const { key, id } = await ring.create(ADMIN);
    const ask = () => http.inject({ url: "/v1/policies", headers: { "x-api-key": key } });
    expect((await ask()).statusCode).toBe(200);
    await ring.revoke(id);
    expect((await ask()).json().code).toBe("CB_KEY_INVALID");
    await close();
  });

  it("stays closed when the last key is revoked, and is closed without a key where others can reach it", async () => {
    const { http, ring, close } = await running();
    expect((await http.inject({ url: "/v1/policies" })).statusCode).toBe(200);
    await ring.revoke((await ring.create(ADMIN)).id);
    expect((await http.inject({ url: "/v1/policies" })).statusCode).toBe(401);
    await close();
    const reached = await running(({ access }) => ({ access: { ...access, openWithoutKeys: false } }));
    expect((await reached.http.inject({ url: "/v1/policies" })).statusCode).toBe(401);
    await reached.close();
  });

  it("answers 429 with Retry-After over a key's rate, each key by itself", async () => {
    const { http, ring, close } = await running();
    const slow = await ring.create({ ...ADMIN, requestsPerSecond: 2 });
    const other = await ring.create(ADMIN);
    const ask = (key: string) => http.inject({ url: "/v1/policies", headers: { "x-api-key": key } });
    const codes = [];
    for (let i = 0; i < 20; i++) codes.push((await ask(slow.key)).statusCode);
    expect(codes.slice(0, 2)).toEqual([200, 200]);
    const refused = await ask(slow.key);
    expect([refused.statusCode, refused.json().code, refused.headers["retry-after"]]).toEqual([
      429,
      "CB_RATE_EXCEEDED",
      "1",
    ]);
    expect((await ask(other.key)).statusCode).toBe(200);
    await close();
  });

  it("writes an act to the audit log before it is done, with its outcome, and what a key was refused", async () => {
    const { http, ring, ports, close } = await running();
    const admin = await ring.create(ADMIN);
    const app = await ring.create({ ...ADMIN, name: "shop", roles: ["app"] });
    const put = (key: string, payload: object) =>
      http.inject({ method: "PUT", url: "/v1/policies/home", headers: { "x-api-key": key }, payload });
    await put(admin.key, { slots: 3 });
    await put(admin.key, { slots: "x" });
    await put(app.key, { slots: 4 });
    await http.inject({ url: "/v1/policies", headers: { "x-api-key": admin.key } });
    const { acts } = (await http.inject({ url: "/v1/audit", headers: { "x-api-key": admin.key } })).json();
    expect(acts.map((act: { by: object; status: number; target: string }) => [act.by, act.status, act.target])).toEqual(
      [
        [{ keyId: admin.id, name: "me" }, 200, "/v1/policies/home"],
        [{ keyId: admin.id, name: "me" }, 400, "/v1/policies/home"],
        [{ keyId: app.id, name: "shop" }, 403, "/v1/policies/home"],
      ],
    );
    expect(JSON.stringify(await ports.access.audit.acts(9))).not.toContain(admin.key);
    await close();
  });

  it("does nothing that the audit log does not take", async () => {
    const full = { append: () => Promise.reject(new Error("ENOSPC")), acts: async () => [] };
    const { http, ports, close } = await running(({ access }) => ({ access: { ...access, audit: full } }));
    const answer = await http.inject({ method: "PUT", url: "/v1/policies/home", payload: { slots: 3 } });
    expect([answer.statusCode, answer.json().code]).toEqual([503, "CB_AUDIT_WRITE_FAILED"]);
    expect(ports.policies.get("home")).toBeUndefined();
    const ranked = await http.inject({ method: "POST", url: "/v1/rank", payload: { policy: "home", items: items(2) } });
    expect(ranked.statusCode).toBe(200);
    await close();
  });

  it("refuses acts that a page of another site sends with what the browser holds", async () => {
    const { http, ring, close } = await running();
    const unpin = (headers: object) =>
      http.inject({ method: "POST", url: "/v1/models/home/unpin", headers: { ...headers } });
    const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    await http.inject({ method: "PUT", url: "/v1/policies/home", payload: {} });
    expect((await unpin(foreign)).json().code).toBe("CB_ORIGIN_FOREIGN");
    expect((await unpin({})).statusCode).toBe(200);
    const { key } = await ring.create(ADMIN);
    const basic = { authorization: `Basic ${Buffer.from(`me:${key}`).toString("base64")}` };
    expect((await unpin({ ...foreign, ...basic })).json().code).toBe("CB_ORIGIN_FOREIGN");
    expect((await unpin({ ...foreign, authorization: `Bearer ${key}` })).statusCode).toBe(200);
    await close();
  });

  it("makes, lists, rotates and revokes keys over HTTP, and shows each once", async () => {
    const { http, close } = await running();
    const post = (url: string, payload?: object, key = "") =>
      http.inject({ method: "POST", url, payload, headers: key === "" ? {} : { "x-api-key": key } });
    const admin = (await post("/v1/keys", { name: "me", roles: ["admin"] })).json();
    expect(admin).toMatchObject({ name: "me", roles: ["admin"], policies: "all", state: "active" });
    const shop = (await post("/v1/keys", { name: "shop", roles: ["app"], policies: ["home"] }, admin.key)).json();
    const next = (await post(`/v1/keys/${shop.id}/rotate`, { overlapMs: 0 }, admin.key)).json();
    expect(next).toMatchObject({ rotates: shop.id, policies: ["home"] });
    expect((await post(`/v1/keys/${next.id}/revoke`, undefined, admin.key)).json().state).toBe("revoked");
    const listed = await http.inject({ url: "/v1/keys", headers: { "x-api-key": admin.key } });
    expect(listed.json().keys.map((key: { state: string }) => key.state)).toEqual(["active", "expired", "revoked"]);
    expect(listed.body).not.toMatch(/bgd_|hash/);
    expect((await post("/v1/keys", { name: "x", roles: ["root"] }, admin.key)).json().code).toBe("CB_BODY_INVALID");
    await close();
  });

  it("lets pages of named origins rank, and tells others nothing", async () => {
    const own = "https://shop.example";
    const { http, close } = await running(({ bounds }) => ({ bounds: { ...bounds, corsOrigins: own } }));
    const preflight = (origin: string, url: string) =>
      http.inject({ method: "OPTIONS", url, headers: { origin, "access-control-request-method": "POST" } });
    const allowed = await preflight(own, "/v1/rank");
    expect([allowed.statusCode, allowed.headers["access-control-allow-origin"]]).toEqual([204, own]);
    expect((await preflight(own, "/v1/policies")).headers["access-control-allow-origin"]).toBeUndefined();
    expect(
      (await preflight("https://evil.example", "/v1/rank")).headers["access-control-allow-origin"],
    ).toBeUndefined();
    const payload = { policy: "home", items: items(2) };
    const ranked = await http.inject({ method: "POST", url: "/v1/rank", payload, headers: { origin: own } });
    expect([ranked.statusCode, ranked.headers["access-control-allow-origin"]]).toEqual([200, own]);
    await close();
  });
});
