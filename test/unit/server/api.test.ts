import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorTable } from "../../../src/core/errors.ts";
import { errorPage } from "./errorPage.ts";
import { items, listen, memoryPorts, type TestServer } from "./fakes.ts";

describe("the API", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await listen(memoryPorts().ports);
    await server.post("/v1/rank", { policy: "home", items: items(3) });
  });
  afterAll(() => server.close());

  it("is described in OpenAPI with an operation for every route", async () => {
    const { status, body } = await server.get("/docs/json");
    expect(status).toBe(200);
    const operations = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((m) => `${m} ${path}`),
    );
    expect(operations.sort()).toEqual([
      "delete /personalizer/{version}/configurations/policy",
      "delete /personalizer/{version}/evaluations/{evaluationId}",
      "delete /personalizer/{version}/logs",
      "delete /personalizer/{version}/model",
      "get /health/live",
      "get /health/ready",
      "get /metrics",
      "get /personalizer/{version}/configurations/policy",
      "get /personalizer/{version}/configurations/service",
      "get /personalizer/{version}/evaluations",
      "get /personalizer/{version}/evaluations/{evaluationId}",
      "get /personalizer/{version}/logs/properties",
      "get /personalizer/{version}/model",
      "get /personalizer/{version}/model/properties",
      "get /v1/audit",
      "get /v1/decisions/{id}",
      "get /v1/experiments",
      "get /v1/keys",
      "get /v1/logs",
      "get /v1/models",
      "get /v1/models/{policy}/columns",
      "get /v1/models/{policy}/labels",
      "get /v1/models/{policy}/versions/{version}",
      "get /v1/overview",
      "get /v1/policies",
      "get /v1/policies/{name}",
      "get /v1/policies/{name}/variants",
      "get /v2",
      "get /v2/health/live",
      "get /v2/health/ready",
      "get /v2/models/{model}",
      "get /v2/models/{model}/config",
      "get /v2/models/{model}/ready",
      "get /v2/models/{model}/versions/{version}",
      "get /v2/models/{model}/versions/{version}/config",
      "get /v2/models/{model}/versions/{version}/ready",
      "post /feedback",
      "post /personalizer/{version}/configurations/applyFromEvaluation",
      "post /personalizer/{version}/evaluations",
      "post /personalizer/{version}/events/{eventId}/activate",
      "post /personalizer/{version}/events/{eventId}/reward",
      "post /personalizer/{version}/logs/interactions",
      "post /personalizer/{version}/logs/observations",
      "post /personalizer/{version}/multislot/events/{eventId}/activate",
      "post /personalizer/{version}/multislot/events/{eventId}/reward",
      "post /personalizer/{version}/multislot/rank",
      "post /personalizer/{version}/rank",
      "post /rank/{model}",
      "post /recommend/{model}",
      "post /train/{model}",
      "post /v1/decisions/{id}/activate",
      "post /v1/feedback",
      "post /v1/keys",
      "post /v1/keys/{id}/revoke",
      "post /v1/keys/{id}/rotate",
      "post /v1/models/{policy}/labels",
      "post /v1/models/{policy}/pin",
      "post /v1/models/{policy}/rollback",
      "post /v1/models/{policy}/unpin",
      "post /v1/models/{policy}/versions",
      "post /v1/rank",
      "post /v1/rewards",
      "post /v2/models/{model}/infer",
      "post /v2/models/{model}/versions/{version}/infer",
      "post /v2/repository/index",
      "post /v2/repository/models/{model}/load",
      "post /v2/repository/models/{model}/unload",
      "put /personalizer/{version}/configurations/policy",
      "put /personalizer/{version}/configurations/service",
      "put /personalizer/{version}/model",
      "put /v1/models/{policy}/versions/{version}",
      "put /v1/policies/{name}",
    ]);
  });

  it("has pages for people with headers that browsers heed", async () => {
    const home = await server.get("/");
    expect(home.text).toContain('href="/docs"');
    expect(home.headers.get("content-security-policy")).toMatch(/default-src 'none';.*script-src 'self'/);
    expect((await server.get("/docs")).status).toBe(200);
  });

  it("tells a policy's settings in full and takes them back as they are", async () => {
    const { body } = await server.get("/v1/policies/home");
    expect(body).toMatchObject({ mode: "online", rewardWindowMs: 600_000, exploration: { name: "plackettLuce" } });
    const again = await server.send("PUT", "/v1/policies/home", JSON.stringify(body));
    expect({ status: again.status, body: again.body }).toEqual({ status: 200, body });
    expect((await server.get("/v1/policies")).body).toEqual({
      policies: [{ name: "home", mode: "online", modelVersion: 3 }],
    });
  });

  it("uses new settings for the next ranking", async () => {
    const exploration = { name: "epsilonGreedy", parameters: { explorationRate: 1 }, floor: 0 };
    await server.send("PUT", "/v1/policies/changing", JSON.stringify({ exploration, slots: 2 }));
    const { body } = await server.post("/v1/rank", { policy: "changing", items: items(4) });
    expect(body.items).toHaveLength(2);
    expect(body.items[0].propensity).toBeCloseTo(0.25);
  });

  it("pins a model's version and lets it go", async () => {
    const pinned = await server.post("/v1/models/home/pin", { version: 2 });
    expect(pinned.body).toMatchObject({ policy: "home", serving: 2, pinned: 2 });
    expect((await server.post("/v1/rank", { policy: "home", items: items(2) })).body.modelVersion).toBe(2);
    expect((await server.send("POST", "/v1/models/home/unpin")).body.serving).toBe(3);
    expect((await server.get("/v1/models")).body.models).toContainEqual(
      expect.objectContaining({ policy: "home", serving: 3 }),
    );
  });

  it("tells its health", async () => {
    expect((await server.get("/health/live")).body).toEqual({ live: true });
    expect((await server.get("/health/ready")).body).toEqual({ ready: true, degraded: [] });
    const loading = await listen({ ...memoryPorts().ports, unready: () => "models are loading" });
    expect(await loading.get("/health/ready")).toMatchObject({
      status: 503,
      body: { ready: false, reason: "models are loading" },
    });
    await loading.close();
  });

  it("refuses more requests at once than its bound, but not its probes", async () => {
    const { ports } = memoryPorts({ bounds: { requestsMax: 0 } });
    const busy = await listen(ports);
    const { status, body } = await busy.post("/v1/rank", { policy: "home", items: items(2) });
    expect({ status, code: body.code }).toEqual({ status: 503, code: "CB_SERVER_BUSY" });
    expect((await busy.get("/health/live")).status).toBe(200);
    await busy.close();
  });

  it("refuses one policy more than its bound", async () => {
    const small = await listen(memoryPorts({ bounds: { policiesMax: 1 } }).ports);
    await small.post("/v1/rank", { policy: "one", items: items(2) });
    const { status, body } = await small.post("/v1/rank", { policy: "two", items: items(2) });
    expect({ status, code: body.code }).toEqual({ status: 409, code: "CB_POLICIES_FULL" });
    await small.close();
  });

  it("ends the stream used longest ago when too many are open, and opens a new one when it is needed again", async () => {
    const { ports, wal } = memoryPorts({ bounds: { openStreamsMax: 2 } });
    const small = await listen(ports);
    for (const policy of ["one", "two", "three", "one"]) {
      expect((await small.post("/v1/rank", { policy, items: items(2) })).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    expect([...wal.streams.keys()].sort()).toEqual(["one/s1-test", "one/s1-testx1", "three/s1-test", "two/s1-test"]);
    await small.close();
  });

  it("counts requests, decisions, feedback and errors", async () => {
    await server.post("/v1/rewards", { decisionId: "d", policy: "home", value: "x" });
    const { text } = await server.get("/metrics");
    for (const name of [
      "requests_total",
      "request_seconds_bucket",
      "decisions_total",
      "errors_total",
      "feedback_total",
      "wal_bytes",
      "model_version",
      "bound",
    ]) {
      expect(text).toContain(`brigand_${name}`);
    }
    expect(text).toMatch(/brigand_requests_total\{route="\/v1\/rank",status="200"\} [1-9]/);
  });
});

describe("the page of errors", () => {
  it("lists every code of the table with its status, message and hint, and no other (-u writes it anew)", async () => {
    await expect(errorPage(errorTable)).toMatchFileSnapshot("../../../docs/errors.md");
  });
});
