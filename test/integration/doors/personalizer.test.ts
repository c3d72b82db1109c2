/** Azure Personalizer's own clients from npm, unchanged, against a real server: they change the endpoint, no more. */
import { readFileSync } from "node:fs";
import { PersonalizerClient } from "@azure/cognitiveservices-personalizer";
import rest, { isUnexpected, type PersonalizerClient as RestClient } from "@azure-rest/ai-personalizer";
import { describe, expect, it } from "vitest";
import { startBrigand } from "../../support/processes.ts";
import { describeWithShared, sharedData } from "../../support/shared.ts";

/** A module of the older kind, whose default may arrive inside of itself. */
const createRestClient = "default" in rest ? rest.default : rest;
const KEY = "0123456789abcdef0123456789abcdef";

/** What the older client asks of credentials: they sign each request. */
const credentials = {
  async signRequest<Request extends { headers: { set(name: string, value: string): void } }>(request: Request) {
    request.headers.set("Ocp-Apim-Subscription-Key", KEY);
    return request;
  },
};

const news = {
  contextFeatures: [{ user: { profileType: "AnonymousUser" } }, { device: { mobile: true } }],
  actions: [
    { id: "NewsArticle", features: [{ type: "News" }] },
    { id: "SportsArticle", features: [{ type: "Sports" }] },
    { id: "EntertainmentArticle", features: [{ type: "Entertainment" }] },
  ],
  excludedActions: ["SportsArticle"],
};

/** A server whose rankings have time, however busy the machine is. */
async function patientServer(): Promise<{ readonly url: string }> {
  const { url } = await startBrigand("serve");
  const body = JSON.stringify({ timeoutMs: 60_000 });
  const init = { method: "PUT", headers: { "content-type": "application/json" }, body };
  expect((await fetch(`${url}/v1/policies/personalizer`, init)).status).toBe(200);
  return { url };
}

async function restClient(): Promise<{ client: RestClient; url: string }> {
  const { url } = await patientServer();
  // The client wants to be told when there is no TLS.
  return { client: createRestClient(url, { key: KEY }, { allowInsecureConnection: true }), url };
}

describe("@azure/cognitiveservices-personalizer 2.0.1", () => {
  it("ranks, rewards and activates", async () => {
    const { url } = await patientServer();
    const client = new PersonalizerClient(credentials, url);
    const answer = await client.rank({ ...news, eventId: "e1", deferActivation: true });
    expect(answer._response.status).toBe(201);
    expect(answer.eventId).toBe("e1");
    expect(answer.ranking?.[1]).toEqual({ id: "SportsArticle", probability: 0 });
    expect(answer.ranking?.[0].id).toBe(answer.rewardActionId);
    expect(answer.ranking?.map(({ probability = 0 }) => probability)).toEqual([0.5, 0, 0.5]);
    expect((await client.events.activate("e1"))._response.status).toBe(204);
    expect((await client.events.reward("e1", { value: 1 }))._response.status).toBe(204);
    const again = await client.rank({ ...news, eventId: "e1", deferActivation: true });
    expect(again.rewardActionId).toBe(answer.rewardActionId);
    const told = await fetch(`${url}/v1/decisions/e1`).then((response) => response.json());
    expect(told).toMatchObject({ policy: "personalizer", replay: { same: true, items: [answer.rewardActionId] } });
  });

  it("makes an id where the caller has none, and understands our errors", async () => {
    const { url } = await patientServer();
    const client = new PersonalizerClient(credentials, url);
    const { eventId = "" } = await client.rank({ actions: news.actions });
    expect((await client.events.reward(eventId, { value: -1 }))._response.status).toBe(204);
    await expect(client.rank({ ...news, excludedActions: ["NoArticle"] })).rejects.toMatchObject({
      statusCode: 400,
      body: { error: { code: "InvalidRankRequest", message: expect.stringContaining("excludedActions[0]") } },
    });
    await expect(client.events.reward(eventId, { value: 2 })).rejects.toMatchObject({
      statusCode: 400,
      body: { error: { code: "InvalidRewardRequest", innerError: { code: "CB_BODY_INVALID" } } },
    });
  });
});

describe("@azure-rest/ai-personalizer 1.0.0-beta.1", () => {
  it("ranks, rewards and activates", async () => {
    const { client } = await restClient();
    const ranked = await client.path("/rank").post({ body: { ...news, eventId: "e1", deferActivation: true } });
    if (isUnexpected(ranked)) throw new Error(ranked.body.error.message);
    expect(ranked.body.ranking.map(({ id }) => id).toSorted()).toEqual(news.actions.map(({ id }) => id).toSorted());
    const activated = await client.path("/events/{eventId}/activate", "e1").post();
    const rewarded = await client.path("/events/{eventId}/reward", "e1").post({ body: { value: 0.5 } });
    expect([activated.status, rewarded.status]).toEqual(["204", "204"]);
    const wrong = await client.path("/rank").post({ body: { actions: [] } });
    expect(isUnexpected(wrong)).toBe(true);
    expect(wrong).toMatchObject({ status: "400", body: { error: { code: "InvalidRankRequest" } } });
  });

  it("fills slots with different actions that each may show, and rewards them one by one", async () => {
    const { client, url } = await restClient();
    const [first, second, third] = news.actions.map(({ id }) => id);
    const slots = [
      { id: "Main", features: [{ size: "Large" }], excludedActions: [], baselineAction: first },
      { id: "SideBar", features: [{ size: "Small" }], excludedActions: [second, third], baselineAction: first },
    ];
    const refused = await client.path("/multislot/rank").post({ body: { actions: news.actions, slots } });
    expect(refused).toMatchObject({ status: "400", body: { error: { code: "InvalidRankRequest" } } });
    slots[0].baselineAction = second;
    const { contextFeatures, actions } = news;
    const body = { contextFeatures, actions, slots, eventId: "m1", deferActivation: true };
    const ranked = await client.path("/multislot/rank").post({ body });
    if (isUnexpected(ranked)) throw new Error(ranked.body.error.message);
    expect(ranked.body.eventId).toBe("m1");
    expect(ranked.body.slots[1]).toEqual({ id: "SideBar", rewardActionId: first });
    expect([second, third]).toContain(ranked.body.slots[0].rewardActionId);
    const again = await client.path("/multislot/rank").post({ body });
    expect(again.body).toEqual(ranked.body);
    const event = "/multislot/events/{eventId}/reward";
    const activated = await client.path("/multislot/events/{eventId}/activate", "m1").post();
    const reward = [
      { slotId: "SideBar", value: 0.6 },
      { slotId: "Main", value: -0.1 },
    ];
    const rewarded = await client.path(event, "m1").post({ body: { reward } });
    expect([activated.status, rewarded.status]).toEqual(["204", "204"]);
    const stranger = await client.path(event, "m1").post({ body: { reward: [{ slotId: "Footer", value: 1 }] } });
    expect(stranger).toMatchObject({ status: "400", body: { error: { code: "InvalidRewardRequest" } } });
    const unknown = await client.path(event, "m2").post({ body: { reward } });
    expect(unknown).toMatchObject({ status: "404", body: { error: { code: "ResourceNotFound" } } });
    const told = await fetch(`${url}/v1/decisions/m1:1?rewards=true`).then((response) => response.json());
    expect(told).toMatchObject({ rewards: { received: [{ value: 0.6 }] } });
  });

  it("reads and writes the configuration, which acts at once", async () => {
    const { client, url } = await restClient();
    const before = await client.path("/configurations/service").get();
    expect(before).toMatchObject({ status: "200", body: { rewardWaitTime: "PT10M", learningMode: "Online" } });
    const body = {
      ...before.body,
      ...{ rewardWaitTime: "PT1M", defaultReward: -0.5, rewardAggregation: "earliest" },
      ...{ explorationPercentage: 0.2, learningMode: "Apprentice" as const },
    };
    const changed = await client.path("/configurations/service").put({ body });
    if (isUnexpected(changed)) throw new Error(changed.body.error.message);
    expect(changed.body).toEqual(body);
    expect((await client.path("/configurations/service").get()).body).toEqual(body);
    const settings = await fetch(`${url}/v1/policies/personalizer`).then((response) => response.json());
    expect(settings).toMatchObject({ mode: "apprentice", rewardWindowMs: 60_000, rewardAggregation: "first" });
    const ranked = await client.path("/rank").post({ body: { actions: news.actions } });
    expect(ranked.body).toMatchObject({ rewardActionId: "NewsArticle" });
    const mirrored = await client.path("/configurations/service").put({ body: { ...body, logMirrorEnabled: true } });
    expect(mirrored).toMatchObject({ status: "403", body: { error: { code: "InvalidApiAccess" } } });

    const policy = client.path("/configurations/policy");
    expect((await policy.get()).body.arguments).toBe("--cb_explore_adf --epsilon 0.2");
    const put = await policy.put({
      body: { name: "mine", arguments: "--cb_explore_adf --bag 8 -l 0.01 --cb_type mtr" },
    });
    expect(put).toMatchObject({ status: "200", body: { name: "bag", arguments: "--cb_explore_adf --bag 8" } });
    const bad = await policy.put({ body: { name: "mine", arguments: "--oaa 4" } });
    expect(bad).toMatchObject({ status: "400", body: { error: { code: "InvalidPolicyContract" } } });
    expect((await policy.delete()).body.name).toBe("plackettLuce");
  });

  it("reads the model, resets it, and asks for its properties", async () => {
    const { client, url } = await restClient();
    const properties = await client.path("/model/properties").get();
    expect(Number.isNaN(Date.parse(properties.body.creationTime))).toBe(false);
    const model = await client.path("/model").get({ queryParameters: { signed: true } });
    expect({ status: model.status, type: model.headers["content-type"] }).toEqual({
      status: "200",
      type: "application/octet-stream",
    });
    expect((await client.path("/model").delete()).status).toBe("204");
    const told = await fetch(`${url}/v1/models`).then((response) => response.json());
    expect(told).toMatchObject({ models: [{ policy: "personalizer", pinned: 0 }] });
    const put = await client.path("/model").put({ body: "no model", contentType: "application/octet-stream" });
    expect(put.status.startsWith("4")).toBe(true);
    expect(put.body).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
  });

  it("evaluates offline, lists, applies and deletes evaluations", async () => {
    const { client } = await restClient();
    await client.path("/rank").post({ body: news });
    const [startTime, endTime] = ["2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z"];
    const body = { name: "all", startTime, endTime, policies: [], enableOfflineExperimentation: false };
    const created = await client.path("/evaluations").post({ body });
    if (isUnexpected(created)) throw new Error(created.body.error.message);
    const { id } = created.body;
    expect(created.headers.location).toContain(id);
    const one = client.path("/evaluations/{evaluationId}", id);
    await expect.poll(async () => (await one.get()).body, { timeout: 5000 }).toMatchObject({ status: "completed" });
    expect((await client.path("/evaluations").get()).body.map((evaluation) => evaluation.id)).toEqual([id]);
    const apply = (policyName: string) =>
      client.path("/configurations/applyFromEvaluation").post({ body: { evaluationId: id, policyName } });
    expect((await apply("Online")).status).toBe("204");
    expect(await apply("Mine")).toMatchObject({ status: "404", body: { error: { code: "LearningSettingsNotFound" } } });
    expect((await one.delete()).status).toBe("204");
    expect(await one.get()).toMatchObject({ status: "404", body: { error: { code: "EvaluationNotFound" } } });
    const other = { ...body, policies: [{ name: "mine", arguments: "--cb_explore_adf" }] };
    expect(await client.path("/evaluations").post({ body: other })).toMatchObject({ status: "403" });
  });

  it("asks for the log's dates; what cannot be done is said in the service's words", async () => {
    const { client } = await restClient();
    const none = await client.path("/logs/properties").get();
    expect(none).toMatchObject({ status: "404", body: { error: { code: "LogsPropertiesNotFound" } } });
    await client.path("/rank").post({ body: news });
    const some = await client.path("/logs/properties").get();
    if (isUnexpected(some)) throw new Error(some.body.error.message);
    expect(Date.parse(some.body.dateRange.from)).toBeLessThanOrEqual(Date.parse(some.body.dateRange.to));
    const refused = [
      await client.path("/logs").delete(),
      await client.path("/logs/interactions").post({ body: "x", contentType: "application/octet-stream" }),
      await client.path("/logs/observations").post({ body: "x", contentType: "application/octet-stream" }),
    ];
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: "403", body: { error: { code: "InvalidApiAccess" } } });
    }
  });
});

describeWithShared("Personalizer's own samples", ["personalizer/coffee.json"], () => {
  it("rank as they are", async () => {
    const { client } = await restClient();
    const actions = JSON.parse(readFileSync(sharedData("personalizer/coffee.json"), "utf8"));
    const context = [{ user: "Alice" }, { weather: "Sunny" }, { time: "Morning" }];
    const ranked = await client.path("/rank").post({ body: { actions, contextFeatures: context } });
    if (isUnexpected(ranked)) throw new Error(ranked.body.error.message);
    expect(ranked.body.ranking.map(({ probability }) => probability)).toEqual([0.25, 0.25, 0.25, 0.25]);
  });
});
