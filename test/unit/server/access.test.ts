/** The matrix of role and route in full: routes come from the application itself, so none can be forgotten. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROLES, type Role } from "../../../src/core/access/principal.ts";
import { Keyring } from "../../../src/server/access/keyring.ts";
import { routeAccess } from "../../../src/server/access/table.ts";
import { buildApp } from "../../../src/server/app.ts";
import { items, memoryPorts } from "./fakes.ts";

/** Said a second time by hand; what the table grants beyond it, or fails to grant, is an error. Admin: every route. */
const anybody = ["GET /health/live", "GET /health/ready", "POST /page/theme"].concat(
  ["page.css", "page.js", "mark.svg"].map((file) => `GET /page/${file}`),
  ["", "/", "/health/live", "/health/ready"].map((end) => `GET /v2${end}`),
);
const docs = ["", "/", "/json", "/yaml", "/static/*", "/static/index.html", "/static/swagger-initializer.js"].map(
  (end) => `GET /docs${end}`,
);
const told = [
  ...["/v1/policies", "/v1/policies/:name", "/v1/models", "/v1/models/:policy/labels"],
  ...["/v1/models/:policy/columns", "/v1/models/:policy/versions/:version"],
].map((path) => `GET ${path}`);
const looks = [
  ...["/", "/decisions", "/decisions/:id", "/charts/:policy/:file", "/metrics"],
  ...["/v1/decisions/:id", "/v1/logs", "/v1/overview", "/v1/experiments", "/v1/policies/:name/variants"],
].map((path) => `GET ${path}`);
const loop = (...calls: string[]) => calls.map((call) => call.replace(" ", " /personalizer/:version/"));
const loopCalls = loop(
  ...["POST rank", "POST events/:eventId/reward", "POST events/:eventId/activate", "POST multislot/rank"],
  ...["POST multislot/events/:eventId/reward", "POST multislot/events/:eventId/activate"],
  ...["POST logs/interactions", "POST logs/observations"],
);
const loopLooks = loop(
  ...["GET configurations/service", "GET configurations/policy", "GET model", "GET model/properties"],
  ...["GET evaluations", "POST evaluations", "GET evaluations/:evaluationId", "DELETE evaluations/:evaluationId"],
  "GET logs/properties",
);
const loopChanges = loop(
  ...["PUT configurations/service", "PUT configurations/policy", "DELETE configurations/policy"],
  ...["POST configurations/applyFromEvaluation", "PUT model", "DELETE model", "DELETE logs"],
);
const inferences = ["/v2/models/:model", "/v2/models/:model/versions/:version"].flatMap((model) => [
  ...["", "/config", "/ready"].map((end) => `GET ${model}${end}`),
  `POST ${model}/infer`,
]);
const infers = [...inferences, "POST /v2/repository/index"];
const offers = ["load", "unload"].map((act) => `POST /v2/repository/models/:model/${act}`);
const may: { readonly [role in Exclude<Role, "admin">]: readonly string[] } = {
  app: [
    ...["/v1/rank", "/v1/rewards", "/v1/feedback", "/v1/decisions/:id/activate"].map((path) => `POST ${path}`),
    ...["POST /rank/:model", "POST /recommend/:model", "POST /feedback", ...loopCalls, ...infers],
  ],
  ml: [
    ...[...told, ...looks, ...loopLooks, ...loopChanges, "PUT /v1/policies/:name", "POST /page/demo/remove"],
    ...["POST /v1/models/:policy/pin", "POST /v1/models/:policy/unpin", "POST /train/:model", ...infers, ...offers],
    ...["POST /v1/models/:policy/labels", "POST /v1/models/:policy/rollback"],
    ...["POST /v1/models/:policy/versions", "PUT /v1/models/:policy/versions/:version"],
  ],
  analyst: [...told, ...looks, ...loopLooks, ...infers, "POST /train/:model"],
  privacy: [...told, "GET /v1/audit"],
};

const METHODS = ["GET", "POST", "PUT", "DELETE"] as const;

interface Sent {
  readonly key?: string;
  readonly policy?: string;
}

describe("access", () => {
  const { ports, wal } = memoryPorts();
  const ring = new Keyring({ access: ports.access, keysMax: 100, now: () => ports.clock.now() });
  const keys: { [role: string]: string } = {};
  let app: Awaited<ReturnType<typeof buildApp>>;
  let decision = "";
  let routes: readonly string[] = [];

  beforeAll(async () => {
    app = await buildApp(ports);
    await app.http.ready();
    routes = [...app.http.routesGated.keys()];
    for (const policy of ["mine", "other"]) {
      const answer = await app.http.inject({ method: "POST", url: "/v1/rank", payload: { policy, items: items(2) } });
      decision = answer.json().decisionId;
    }
    for (const role of ROLES) keys[role] = (await ring.create({ name: role, roles: [role], policies: "all" })).key;
    keys.limited = (await ring.create({ name: "limited", roles: ["admin"], policies: ["mine"] })).key;
    const dead = await ring.create({ name: "dead", roles: ["admin"], policies: "all" });
    await ring.revoke(dead.id);
    keys.revoked = dead.key;
    keys.expired = (await ring.create({ name: "old", roles: ["admin"], policies: "all", expiresAt: 1 })).key;
    keys.unknown = ports.access.make().key;
  });
  afterAll(() => app.close());

  /** A good request of the route, about the policy `other` unless told otherwise. */
  const send = (route: string, { key, policy = "other" }: Sent = {}) => {
    const [method, path] = route.split(" ");
    const filled = path
      .replace(":name", policy)
      .replace(":policy", policy)
      .replace(":file", "reward.svg")
      .replace(":id", path.includes("keys") ? "0000000000" : encodeURIComponent(decision))
      .replace(":version", "v1.0")
      .replace(":eventId", encodeURIComponent(decision))
      .replace(":evaluationId", "none")
      .replace(":model", policy)
      .replace("*", "x");
    const url = path === "/v1/overview" ? `${filled}?policy=${policy}` : filled;
    const loop = path.startsWith("/personalizer") ? { "brigand-policy": policy } : {};
    const headers = key === undefined ? loop : { ...loop, authorization: `Bearer ${key}` };
    const payload = bodies[route]?.(policy);
    return app.http.inject({ method: METHODS.find((known) => known === method), url, headers, payload });
  };
  const interaction = () => ({
    ...{ event: "interaction", id: "e", ranking: decision, item: "a0", type: "click", timestamp: 1 },
  });
  const bodies: { readonly [route: string]: (policy: string) => object } = {
    "POST /v1/rank": (policy) => ({ policy, items: items(2) }),
    "POST /v1/rewards": (policy) => [{ decisionId: "d", policy, value: 1 }],
    "POST /v1/feedback": () => interaction(),
    "PUT /v1/policies/:name": () => ({ slots: 2 }),
    "POST /v1/models/:policy/pin": () => ({ version: 2 }),
    "POST /rank/:model": () => ({
      id: "r1",
      timestamp: "1",
      user: "u",
      fields: [],
      items: [{ id: "a0" }, { id: "a1" }],
    }),
    "POST /feedback": () => interaction(),
    "POST /personalizer/:version/configurations/applyFromEvaluation": () => ({
      ...{ evaluationId: "none", policyName: "Online" },
    }),
    "POST /personalizer/:version/rank": () => ({ actions: [{ id: "a0", features: [{ a: 1 }] }] }),
    "POST /personalizer/:version/multislot/rank": () => ({
      actions: ["a0", "a1"].map((id) => ({ id, features: [{ a: 1 }] })),
      slots: [{ id: "s", features: [{ b: 1 }], baselineAction: "a0" }],
    }),
    "POST /personalizer/:version/events/:eventId/reward": () => ({ value: 1 }),
    "POST /personalizer/:version/multislot/events/:eventId/reward": () => ({ reward: [{ slotId: "s", value: 1 }] }),
    "POST /v1/keys": () => ({ name: "made", roles: ["app"] }),
  };

  it("is declared for every route, and for no other", () => {
    expect([...app.http.routesGated].filter(([, declared]) => !declared).map(([route]) => route)).toEqual([]);
    expect(Object.keys(routeAccess).filter((route) => !routes.includes(route))).toEqual([]);
  });

  it("lets nobody pass without a valid key but to what is anybody's", async () => {
    const passed: string[] = [];
    for (const route of routes) {
      const answers = [];
      for (const key of [undefined, keys.unknown, keys.revoked, keys.expired, "x"])
        answers.push(await send(route, { key }));
      if (answers.every(({ statusCode }) => statusCode === 401)) continue;
      expect(
        answers.every(({ statusCode }) => statusCode < 400),
        route,
      ).toBe(true);
      passed.push(route);
    }
    expect(passed.toSorted()).toEqual(anybody.toSorted());
  });

  for (const role of ROLES) {
    it(`lets ${role} pass to the routes of that role, and refuses the others with the role's code`, async () => {
      const passed: string[] = [];
      for (const route of routes) {
        const { statusCode, body } = await send(route, { key: keys[role] });
        if (statusCode === 403 && !body.includes("CB_DOOR_UNSUPPORTED"))
          expect(body, route).toContain("CB_ACCESS_ROLE");
        else {
          expect([401, 429, 500], `${route}: ${body.slice(0, 200)}`).not.toContain(statusCode);
          passed.push(route);
        }
      }
      expect(passed.toSorted()).toEqual(
        (role === "admin" ? [...routes] : [...anybody, ...docs, ...may[role]]).toSorted(),
      );
    });
  }

  it("keeps a key of one policy from every other: by refusal, or by leaving them out", async () => {
    const before = wal.records("other").length;
    // Calls that a door refuses to everybody touch nothing.
    const never = loop("PUT model", "DELETE logs", "POST logs/interactions", "POST logs/observations");
    const lists = [
      "GET /v1/policies",
      "GET /v1/models",
      "GET /v1/experiments",
      "GET /v1/logs",
      "GET /",
      "GET /decisions",
      "POST /v2/repository/index",
    ];
    for (const route of routes.filter((name) => routeAccess[name].reach !== "none" && !never.includes(name))) {
      const { statusCode, body } = await send(route, { key: keys.limited });
      // A batch tells the code of each entry.
      const refused = body.includes("CB_ACCESS_POLICY") && [400, 403].includes(statusCode);
      expect({ route, refused }).toEqual({ route, refused: !lists.includes(route) });
      expect(body.replaceAll("Other", ""), route).not.toMatch(/\bother\b(?! )/);
    }
    expect(wal.records("other").length).toBe(before);
    expect(ports.policies.get("other")?.slots).toBe(2);
  });

  it("lets a key of one policy work in its own", async () => {
    for (const route of ["POST /v1/rank", "GET /v1/policies/:name", "PUT /v1/policies/:name", "GET /v1/overview"]) {
      expect((await send(route, { key: keys.limited, policy: "mine" })).statusCode, route).toBe(200);
    }
    const logs = await send("GET /v1/logs", { key: keys.limited });
    expect(
      new Set(
        logs.body
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line).policy),
      ),
    ).toEqual(new Set(["mine"]));
  });

  it("asks for a key where an address is no route, and tells the routes only with one", async () => {
    const without = await app.http.inject({ url: "/nowhere" });
    expect([without.statusCode, without.json().code]).toEqual([401, "CB_KEY_REQUIRED"]);
    expect((await send("GET /nowhere", { key: keys.app })).statusCode).toBe(404);
  });
});
