/** GET /v1/logs on a real server over its real log: filters, formats, cursors, rewards. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Exploring, exploring, WILD_ITEMS } from "./exploring.ts";

const N = 60;

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
const linesOf = (text: string): any[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

describe("GET /v1/logs", () => {
  let log: Exploring;
  beforeAll(async () => {
    log = await exploring(N);
  });
  afterAll(() => log.close());

  const list = async (query: string) => {
    const { status, text, headers } = await log.server.get(`/v1/logs?${query}`);
    expect(status, text).toBe(200);
    expect(headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
    return linesOf(text);
  };
  const ids = async (query: string) => (await list(query)).map(({ decisionId }) => decisionId);

  it("lists every decision once, in the order of the log", async () => {
    expect(await ids("")).toEqual([...log.closed, ...log.open]);
    expect(await ids("policy=home")).toEqual([...log.closed, ...log.open]);
  });

  it("keeps what its filters say and nothing else", async () => {
    const all = await list("");
    const kept = async (query: string, keeps: (line: (typeof all)[number]) => boolean) => {
      const wanted = all.filter(keeps).map(({ decisionId }) => decisionId);
      expect(wanted.length, query).toBeGreaterThan(0);
      expect(wanted.length, query).toBeLessThan(all.length);
      expect(await ids(query), query).toEqual(wanted);
    };
    const { at, subject } = all[70];
    await kept("version=1", ({ modelVersion }) => modelVersion === 1);
    await kept("version=0", ({ modelVersion }) => modelVersion === 0);
    await kept(`subject=${subject}`, (line) => line.subject === subject);
    await kept(`from=${at}`, (line) => line.at >= at);
    await kept(`to=${Date.parse(at)}`, (line) => line.at < at);
    await kept(`from=${encodeURIComponent(at.replace("Z", "+00:00"))}`, (line) => line.at >= at);
    await kept("explored=true", ({ explored }) => explored === true);
    await kept("explored=false", ({ explored }) => explored === false);
    await kept("decision=%3Dwild", ({ decisionId }) => decisionId === "=wild");
    await kept(`decision=${all[0].decisionId}`, ({ decisionId }) => decisionId === all[0].decisionId);
    await kept(
      `version=1&explored=true&from=${at}`,
      (line) => line.modelVersion === 1 && line.explored && line.at >= at,
    );
    expect(await ids("served=model&variant=default")).toHaveLength(all.length);
    expect(await ids("served=degraded")).toEqual([]);
    expect(await ids("variant=challenger")).toEqual([]);
    expect(await ids("limit=3")).toEqual(log.closed.slice(0, 3));
    expect(await ids("limit=0")).toEqual([]);
  });

  it("says that a list was explored where it is not the one of the highest scores", async () => {
    for (const { items, score, shown, explored, exploredSlots } of await list("full=true")) {
      const left = new Map<string, number>(items.map((id: string, i: number) => [id, score[i]]));
      const slots = shown.map((id: string) => {
        const best = Math.max(...left.values());
        const own = left.get(id) ?? Number.NaN;
        left.delete(id);
        return own < best;
      });
      expect(exploredSlots).toEqual(slots);
      expect(explored).toBe(slots.includes(true));
    }
  });

  it("gives the final rewards of what has closed and says so of the rest", async () => {
    const { body } = await log.server.get("/v1/decisions/second1?rewards=true");
    expect(body.decisionId).toBe("second1");
    expect(body.slots.map(({ reward }: { reward: number }) => reward)).toEqual([1, 2, 3, 0]);
    expect((await log.server.get("/v1/decisions/second1")).body.rewards).toBeUndefined();
    for (const line of await list("")) {
      const [name, index] = [line.decisionId.replace(/\d+$/, ""), Number(/\d+$/.exec(line.decisionId)?.[0])];
      if (line.decisionId === "=wild") expect(line).toMatchObject({ rewardState: "open" });
      else expect(line).toMatchObject({ rewardState: "closed", closedAt: expect.any(String) });
      if (name !== "d" && name !== "second") continue;
      expect(line.rewards).toEqual([0, 1, 2, 3].map((slot) => (index + slot) % 4));
    }
    const [first] = await list("decision=%3Dwild");
    expect(first.rewards).toBeUndefined();
  });

  it("goes on after any row by its cursor, whatever the size of a page", async () => {
    const found: string[] = [];
    let cursor = "";
    for (;;) {
      const page = await list(`limit=17${cursor === "" ? "" : `&cursor=${cursor}`}`);
      found.push(...page.map(({ decisionId }) => decisionId));
      if (page.length < 17) break;
      cursor = page[16].cursor;
    }
    expect(found).toEqual([...log.closed, ...log.open]);
    const [last] = (await list("")).slice(-1);
    expect(await list(`cursor=${last.cursor}`)).toEqual([]);
  });

  it.each([
    ["version=one", "CB_LOGS_FILTER_INVALID", "a whole number"],
    ["served=who", "CB_LOGS_FILTER_INVALID", "model, baseline, degraded"],
    ["explored=maybe", "CB_LOGS_FILTER_INVALID", "true, false"],
    ["format=xml", "CB_LOGS_FILTER_INVALID", "jsonl, csv, parquet"],
    ["from=yesterday", "CB_LOGS_FILTER_INVALID", "ISO 8601"],
    ["limit=-1", "CB_LOGS_FILTER_INVALID", "a whole number"],
    ["cursor=abc", "CB_LOGS_CURSOR_INVALID", "cursor"],
    [`cursor=${btoa('["home",0,{"x":-1}]')}`, "CB_LOGS_CURSOR_INVALID", "cursor"],
    ["polciy=home", "CB_QUERY_INVALID", "policy, variant, version, subject, from, to, explored, served, decision"],
    ["policy=home&policy=x", "CB_QUERY_INVALID", "once"],
    ["policy=Home", "CB_POLICY_NAME_INVALID", ""],
  ])("refuses %s with a code and says what is known", async (query, code, told) => {
    const { status, body } = await log.server.get(`/v1/logs?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code });
    expect(body.message).toContain(told);
  });

  it("refuses a cursor that was cut short or changed", async () => {
    const [{ cursor }] = await list("limit=1");
    for (const changed of [cursor.slice(0, -1), cursor.replace(/^./, "x"), `${cursor}0`]) {
      const { status, body } = await log.server.get(`/v1/logs?cursor=${changed}`);
      expect({ status, code: body.code }).toEqual({ status: 400, code: "CB_LOGS_CURSOR_INVALID" });
    }
  });

  it("names the policies there are when another one is asked for", async () => {
    const { status, body } = await log.server.get("/v1/logs?policy=hmoe");
    expect({ status, code: body.code }).toEqual({ status: 404, code: "CB_POLICY_UNKNOWN" });
    expect(body.hint).toContain("home");
  });

  it("takes the format from Accept, and refuses what it has not", async () => {
    const typed = async (accept: string, query = "limit=1") => {
      const answer = await fetch(`${log.server.url}/v1/logs?${query}`, { headers: { accept } });
      return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
    };
    expect((await typed("text/csv")).type).toBe("text/csv; charset=utf-8");
    expect((await typed("text/csv;q=0.1, application/x-ndjson;q=0.5")).type).toContain("ndjson");
    expect((await typed("application/vnd.apache.parquet")).text.startsWith("PAR1")).toBe(true);
    expect((await typed("text/csv", "limit=1&format=jsonl")).type).toContain("ndjson");
    const refused = await typed("image/png");
    expect(refused.status).toBe(406);
    expect(JSON.parse(refused.text)).toMatchObject({ code: "CB_LOGS_FORMAT_UNACCEPTABLE" });
  });

  it("passes HTML through JSON as it is, under a type that no browser renders", async () => {
    const { text, headers } = await log.server.get("/v1/logs?decision=%3Dwild");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    const [{ shown, context }] = linesOf(text);
    expect([...shown].sort()).toEqual([...WILD_ITEMS].sort());
    expect(context).toEqual({ note: "=1+1", html: "<b>" });
    const explained = await log.server.get("/v1/decisions/=wild");
    expect(explained.headers.get("content-type")).toContain("application/json");
    expect(explained.headers.get("x-content-type-options")).toBe("nosniff");
    expect(explained.body.candidates.map(({ id }: { id: string }) => id)).toEqual(WILD_ITEMS);
  });
});
