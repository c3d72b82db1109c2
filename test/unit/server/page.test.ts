import { describe, expect, it, onTestFinished } from "vitest";
import { InsightFold } from "../../../src/core/insight/fold.ts";
import { overviewOf } from "../../../src/core/insight/overview.ts";
import { demoSettings } from "../../../src/core/simulator/demo.ts";
import type { Insight } from "../../../src/ports/insight.ts";
import type { AppPorts } from "../../../src/server/ports.ts";
import { learned } from "../insight/rows.ts";
import { items, listen, memoryPorts } from "./fakes.ts";

const MARKUP = "<b onclick='x'>\"";

/** The numbers of a fold in memory, and a picture that is none. */
function insightOf(fold: InsightFold): Insight {
  return {
    overview: async (asked) => overviewOf(fold, { ...asked, partial: false, current: true }),
    chart: async ({ name, theme }) => `<svg xmlns="http://www.w3.org/2000/svg"><title>${name} ${theme}</title></svg>`,
    redis: async () => ({ queues: [{ name: "retrain", waiting: 2, active: 1, oldestMs: 61_000 }], memoryBytes: 1e6 }),
    forget: async () => {},
    close: async () => {},
  };
}

async function serverWith(extra: Partial<AppPorts>) {
  const { ports, wal } = memoryPorts();
  const server = await listen({ ...ports, ...extra });
  onTestFinished(() => server.close());
  return { server, ports, wal };
}

/** As a browser sends a form. */
function send(
  url: string,
  fields: { readonly [name: string]: string },
  headers: { readonly [name: string]: string } = {},
) {
  return fetch(url, { method: "POST", redirect: "manual", headers, body: new URLSearchParams(fields) });
}

describe("the page", () => {
  it("welcomes where there is no policy, and names what makes one", async () => {
    const { server } = await serverWith({});
    const { status, text } = await server.get("/");
    expect(status).toBe(200);
    expect(text).toContain("No policy yet");
    expect((await server.get("/decisions")).text).toContain("No policy yet");
  });

  it("says that it has no numbers where insight does not answer", async () => {
    const { server } = await serverWith({});
    await server.post("/v1/rank", { policy: "home", items: items(3) });
    const { status, text } = await server.get("/");
    expect(status).toBe(200);
    expect(text).toContain("The numbers are being read.");
    expect(text).toContain("Redis does not answer");
    expect((await server.get("/v1/overview?policy=home")).body).toMatchObject({
      overview: null,
      redis: null,
      alarms: [],
    });
  });

  it("shows the fold's numbers, alarms and markup as text", async () => {
    const fold = new InsightFold();
    for (let i = 0; i < 50; i++) {
      const shown = { decision: `d${i}${MARKUP}`, variant: "default", at: 1e12 + i * 1000, candidates: 2 };
      fold.apply(learned({ ...shown, propensities: [0.5], rewards: [i % 2] }));
    }
    const { server } = await serverWith({ insight: insightOf(fold) });
    await server.post("/v1/rank", { policy: "home", items: items(3) });
    const { text } = await server.get("/?policy=home&range=all");
    expect(text).toContain("Not apart from chance");
    expect(text).toContain("1 alarm: Queue.");
    expect(text).toContain(`/decisions/${encodeURIComponent(`d49${MARKUP}`).replaceAll("'", "&#39;")}`);
    expect(text).not.toContain("<b onclick");
    const { body } = await server.get("/v1/overview?policy=home&range=all");
    expect(body.overview.served).toMatchObject({ n: 50, mean: 0.5 });
    expect(body.alarms.find(({ name }: { name: string }) => name === "Queue").state).toBe("alarm");
  });

  it("serves charts under a policy of their own, and knows no others", async () => {
    const { server } = await serverWith({ insight: insightOf(new InsightFold()) });
    await server.post("/v1/rank", { policy: "home", items: items(3) });
    const chart = await server.get("/charts/home/reward.svg?theme=dark");
    expect(chart.text).toContain("<title>reward dark</title>");
    expect(chart.headers.get("content-security-policy")).toBe("default-src 'none'; style-src 'unsafe-inline'; sandbox");
    expect((await server.get("/charts/home/other.svg")).status).toBe(404);
    expect((await server.get("/charts/nobody/reward.svg")).status).toBe(404);
  });

  it("says as a page what went wrong on a page", async () => {
    const { server } = await serverWith({});
    await server.post("/v1/rank", { policy: "home", items: items(3) });
    const missing = await server.get("/?policy=nobody");
    expect(missing.status).toBe(404);
    expect(missing.text).toContain("CB_POLICY_UNKNOWN");
    expect((await server.get(`/?policy=${encodeURIComponent(MARKUP)}`)).text).not.toContain("<b onclick");
    expect((await server.get("/decisions/none")).text).toContain("CB_DECISION_UNKNOWN");
  });

  it("refuses a range that does not exist", async () => {
    const { server } = await serverWith({});
    await server.post("/v1/rank", { policy: "home", items: items(3) });
    expect((await server.get("/v1/overview?policy=home&range=week")).body.code).toBe("CB_QUERY_INVALID");
    expect((await server.get("/v1/overview?policy=nobody")).body.code).toBe("CB_POLICY_UNKNOWN");
  });

  it("explains a decision from its log line", async () => {
    const { server } = await serverWith({});
    const { body } = await server.post("/v1/rank", {
      policy: "home",
      items: items(3),
      user: { id: "u", features: { name: MARKUP } },
    });
    const { status, text } = await server.get(`/decisions/${body.decisionId}`);
    expect(status).toBe(200);
    expect(text).toContain("Repeated from the log, the draw gives the same list.");
    expect(text).toContain("&lt;b onclick=&#39;x&#39;&gt;");
  });
});

describe("forms of the page", () => {
  it("set the colours and lead back to where they were sent from", async () => {
    const { server } = await serverWith({});
    const done = await send(`${server.url}/page/theme`, { theme: "dark", back: "/decisions?policy=home" });
    expect(done.status).toBe(303);
    expect(done.headers.get("location")).toBe("/decisions?policy=home");
    expect(done.headers.get("set-cookie")).toMatch(/^theme=dark; Path=\/; SameSite=Strict; HttpOnly/);
    const page = await fetch(server.url, { headers: { cookie: "theme=dark" } });
    expect(await page.text()).toContain('data-theme="dark"');
  });

  it("lead nowhere else", async () => {
    const { server } = await serverWith({});
    for (const back of ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", ""]) {
      const done = await send(`${server.url}/page/theme`, { theme: "dark", back });
      expect(done.headers.get("location"), back).toBe("/");
    }
  });

  it("are refused when a browser says that they come from elsewhere", async () => {
    let removed = 0;
    const { server } = await serverWith({ demo: { remove: async () => void removed++ } });
    await server.send("PUT", "/v1/policies/demo", JSON.stringify(demoSettings));
    const url = `${server.url}/page/demo/remove`;
    const foreign: readonly [string, string][] = [
      ["origin", "http://evil.example"],
      ["origin", "null"],
      ["sec-fetch-site", "cross-site"],
      ["sec-fetch-site", "same-site"],
    ];
    for (const [name, value] of foreign) {
      expect((await send(url, {}, { [name]: value })).status).toBe(403);
    }
    expect(removed).toBe(0);
    expect((await send(url, {}, { origin: server.url })).status).toBe(303);
    expect((await send(url, {}, { origin: "null", "sec-fetch-site": "same-origin" })).status).toBe(303);
    expect(removed).toBe(2);
  });

  it("remove no policy that is not simulated", async () => {
    let removed = 0;
    const { server } = await serverWith({ demo: { remove: async () => void removed++ } });
    await server.post("/v1/rank", { policy: "demo", items: items(3) });
    expect((await send(`${server.url}/page/demo/remove`, {})).status).toBe(303);
    expect(removed).toBe(0);
  });
});

describe("a simulated policy", () => {
  it("tells its items to its own log, and nothing to the shared catalogue", async () => {
    const { server, wal } = await serverWith({});
    await server.send("PUT", "/v1/policies/demo", JSON.stringify({ simulated: true }));
    const item = { id: "a", features: { price: 1 } };
    await server.post("/v1/rank", { policy: "demo", items: [item, { id: "b" }] });
    await server.post("/v1/rank", { policy: "home", items: [{ id: "c", features: { price: 2 } }, { id: "b" }] });
    const told = (policy: string) =>
      wal.records(policy).flatMap((record) => ("features" in record && "item" in record ? [record.item] : []));
    expect(told("demo")).toEqual(["a"]);
    expect(told("_catalogue")).toEqual(["c"]);
  });

  it("takes no ranking while it is being removed, and its stream ends", async () => {
    const { ports, wal } = memoryPorts();
    const going = new Set<string>();
    const store = ports.policies;
    const policies = {
      ...store,
      get: (name: string) => (going.has(name) ? undefined : store.get(name)),
      removing: (name: string) => going.has(name),
    };
    Object.defineProperty(policies, "version", { get: () => store.version + going.size });
    const server = await listen({ ...ports, policies });
    onTestFinished(() => server.close());
    await server.post("/v1/rank", { policy: "demo", items: items(3) });
    going.add("demo");
    expect((await server.post("/v1/rank", { policy: "demo", items: items(3) })).body.code).toBe("CB_POLICY_REMOVING");
    await expect.poll(() => wal.records("demo").at(-1)?.kind, { timeout: 5000 }).toBe(9);
    expect((await server.post("/v1/rank", { policy: "home", items: items(3) })).status).toBe(200);
  });
});
