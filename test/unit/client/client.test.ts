import { appendFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Client, createClient } from "../../../src/client/client.ts";
import { fileStorage } from "../../../src/client/fileStorage.ts";
import { localItems } from "../../../src/client/local.ts";
import { memoryStorage, type OutboxStorage, webStorage } from "../../../src/client/storage.ts";
import type { Problem } from "../../../src/client/types.ts";
import { candidatesOf } from "../../../src/core/decide/candidates.ts";
import { undrawn } from "../../../src/core/decide/choose.ts";
import { temporaryFolder } from "../../support/tmp.ts";

interface Sent {
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  readonly body: any;
  readonly headers: Headers;
}
type Answering = (sent: Sent) => { status: number; body?: unknown } | "never" | "gone";

/** A server in place of fetch. */
function fakeServer(answering: Answering) {
  const sent: Sent[] = [];
  const fake: typeof fetch = async (input, init) => {
    const one = {
      path: String(input).slice("http://x".length),
      body: JSON.parse(String(init?.body)),
      headers: new Headers(init?.headers),
    };
    sent.push(one);
    const answer = answering(one);
    if (answer === "gone") throw new TypeError("fetch failed");
    if (answer === "never") {
      return new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    }
    return new Response(JSON.stringify(answer.body ?? {}), { status: answer.status });
  };
  return { sent, fetch: fake };
}

function clientOf(answering: Answering, options: { storage?: OutboxStorage; key?: string; timeoutMs?: number } = {}) {
  const server = fakeServer(answering);
  const problems: Problem[] = [];
  const storage = options.storage ?? memoryStorage();
  const client = createClient({
    ...{ url: "http://x/", policy: "home", timeoutMs: 80, flushMs: 1e6, fetch: server.fetch, storage },
    ...{ onProblem: (problem: Problem) => problems.push(problem), ...options },
  });
  return { client, sent: server.sent, problems, storage };
}

const items = [{ id: "a" }, { id: "b" }, { id: "c" }];
const ranked: Answering = ({ path, body }) =>
  path === "/v1/rank"
    ? {
        status: 200,
        body: { decisionId: body.decisionId, items: [{ id: "c", position: 1 }], policy: "home", served: "model" },
      }
    : { status: 202, body: { accepted: body.length, rejected: [] } };

describe("a ranking by the client", () => {
  it("is the server's, with the key, the policy and an id of its own", async () => {
    const { client, sent } = clientOf(ranked, { key: "k" });
    const ranking = await client.rank({ items, user: { id: "u" } });
    expect(ranking).toMatchObject({ served: "model", items: [{ id: "c", position: 1 }] });
    expect(sent[0].body).toMatchObject({ policy: "home", user: { id: "u" }, decisionId: ranking.decisionId });
    expect(sent[0].headers.get("authorization")).toBe("Bearer k");
    expect(client.waiting).toBe(0);
    await client.close();
  });

  it("is asked for again with the very same body while the server is busy", async () => {
    let busy = 2;
    const { client, sent } = clientOf(
      (one) => (busy-- > 0 ? { status: 503, body: { code: "CB_SERVER_BUSY" } } : ranked(one)),
      {
        timeoutMs: 2000,
      },
    );
    expect((await client.rank({ items })).served).toBe("model");
    expect(sent).toHaveLength(3);
    expect(sent[2].body).toEqual(sent[0].body);
    await client.close();
  });

  for (const how of ["never", "gone"] as const) {
    it(`is the caller's own order when the server ${how === "gone" ? "is gone" : "never answers"}, and tells it later`, async () => {
      const { client, sent } = clientOf((one) => (one.path === "/v1/rank" ? how : ranked(one)));
      const ranking = await client.rank({ items, baseline: "b", exclude: ["c"], context: { hour: 3 } });
      expect(ranking).toMatchObject({ served: "local", reason: "deadline" });
      expect(ranking.items).toEqual([
        { id: "b", position: 1 },
        { id: "a", position: 2 },
      ]);
      client.reward({ decisionId: ranking.decisionId, item: "b", value: 1 });
      expect(await client.flush()).toBe(true);
      const told = sent.filter(({ path }) => path !== "/v1/rank");
      expect(told.map(({ path }) => path)).toEqual(["/v1/rewards", "/v1/feedback?policy=home", "/v1/rewards"]);
      // The list that the server may have drawn was not seen.
      expect(told[0].body).toEqual([
        expect.objectContaining({ decisionId: sent[0].body.decisionId, value: 0, viewedThrough: 0, policy: "home" }),
      ]);
      expect(told[1].body).toEqual([
        expect.objectContaining({
          ...{ event: "ranking", id: ranking.decisionId, items: [{ id: "b" }, { id: "a" }] },
          fields: [{ name: "hour", value: 3 }],
        }),
      ]);
      expect(told[2].body[0]).toMatchObject({ decisionId: ranking.decisionId, item: "b", value: 1, policy: "home" });
      await client.close();
    });
  }

  it("says which code of the server's made it local, and does not rest because of it", async () => {
    const { client, sent } = clientOf(() => ({ status: 400, body: { code: "CB_BODY_INVALID" } }));
    for (let i = 0; i < 5; i++) expect((await client.rank({ items })).reason).toBe("CB_BODY_INVALID");
    expect(sent).toHaveLength(5);
    client.close();
  });

  it("waits for nobody while the server rests after three failures in a row", async () => {
    const { client, sent } = clientOf(() => "never", { timeoutMs: 10 });
    const reasons = [];
    for (let i = 0; i < 6; i++) reasons.push((await client.rank({ items })).reason);
    expect(reasons).toEqual([...Array(3).fill("deadline"), ...Array(3).fill("resting")]);
    expect(sent).toHaveLength(3);
    client.close().catch(() => {});
  });

  it("has the order that the server itself would serve as the baseline", () => {
    const ids = fc.uniqueArray(fc.integer({ min: 0, max: 30 }).map(String), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        ids,
        fc.integer({ min: 1, max: 12 }),
        fc.nat(11),
        fc.array(fc.nat(11), { maxLength: 4 }),
        (all, slots, first, out) => {
          const exclude = out.flatMap((i) => (i === 0 ? [] : (all[i] ?? [])));
          const baseline = exclude.includes(all[first]) ? undefined : all[first];
          const request = { policy: "home", items: all.map((id) => ({ id })), exclude, baseline, slots };
          const candidates = candidatesOf(request, {});
          const { slots: served } = undrawn(candidates);
          expect(localItems(request).map(({ id }) => id)).toEqual(Array.from(served, (i) => candidates.ids[i]));
        },
      ),
      { seed: 18, numRuns: 300 },
    );
  });
});

describe("rewards by the client", () => {
  it("wait while the server is gone, go in batches of a hundred, and count once by their ids", async () => {
    let gone = true;
    const { client, sent, problems } = clientOf((one) => (gone ? "gone" : ranked(one)));
    for (let i = 0; i < 250; i++) client.reward({ decisionId: "d", item: "a", value: i });
    expect(await client.flush()).toBe(false);
    expect([client.waiting, problems[0].code]).toEqual([250, "CLIENT_UNREACHABLE"]);
    gone = false;
    expect(await client.flush()).toBe(true);
    const batches = sent.slice(1).map(({ body }) => body);
    expect(batches.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(batches.flat().map(({ value }) => value)).toEqual(Array.from({ length: 250 }, (_, i) => i));
    expect(new Set(batches.flat().map(({ rewardId }) => rewardId)).size).toBe(250);
    // Sent again after a lost answer, an entry has the same id and time.
    expect(batches[0][0]).toEqual(sent[0].body[0]);
    await client.close();
  });

  it("that the server refuses are told and given up, but for its complaint about the clock", async () => {
    const refuse: Answering = ({ body }) => {
      const rejected = body.flatMap((entry: { item: string; timestamp?: number }, index: number) =>
        entry.item === "bad"
          ? [{ index, code: "CB_REWARD_ITEM_NOT_SHOWN", message: "m" }]
          : entry.timestamp === undefined
            ? []
            : [{ index, code: "CB_TIME_FUTURE", message: "m" }],
      );
      const accepted = body.length - rejected.length;
      return accepted === 0
        ? { status: 400, body: { code: "CB_BATCH_REJECTED", rejected } }
        : { status: 202, body: { accepted, rejected } };
    };
    const { client, sent, problems } = clientOf(refuse);
    client.reward({ decisionId: "d", item: "bad", value: 1 });
    client.reward({ decisionId: "d", item: "a", value: 1, rewardId: "r" });
    expect(await client.flush()).toBe(true);
    expect(problems.map(({ code }) => code)).toEqual(["CB_REWARD_ITEM_NOT_SHOWN"]);
    expect(sent[1].body).toEqual([expect.objectContaining({ item: "a", rewardId: "r" })]);
    expect(sent[1].body[0].timestamp).toBeUndefined();
    await client.close();
  });

  it("wait while the key is not taken", async () => {
    const { client } = clientOf(() => ({ status: 401, body: { code: "CB_KEY_INVALID" } }));
    client.reward({ decisionId: "d", value: 1 });
    expect([await client.flush(), client.waiting]).toEqual([false, 1]);
    client.close().catch(() => {});
  });

  it("never break the page when nothing can be kept", async () => {
    const full: OutboxStorage = {
      load: () => [],
      remove() {},
      add() {
        throw new Error("QuotaExceededError");
      },
    };
    const { client, problems } = clientOf(ranked, { storage: full });
    client.reward({ decisionId: "d", value: 1 });
    expect(problems.map(({ code }) => code)).toEqual(["CLIENT_STORAGE_FAILED"]);
    await client.close();
  });
});

/** localStorage in memory. */
function webStore() {
  const values = new Map<string, string>();
  return {
    get length() {
      return values.size;
    },
    key: (index: number) => [...values.keys()][index] ?? null,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

const storages: { readonly [name: string]: () => () => OutboxStorage } = {
  "the browser's storage": () => {
    const store = webStore();
    store.setItem("another's", "x");
    return () => webStorage(store);
  },
  "a file": () => {
    const path = join(temporaryFolder(), "outbox.jsonl");
    return () => {
      const storage = fileStorage(path);
      appendFileSync(path, '\n{"id":"cut');
      return storage;
    };
  },
};

for (const [name, make] of Object.entries(storages)) {
  describe(`rewards kept in ${name}`, () => {
    it("outlive the client that was told them, and are gone once delivered", async () => {
      const open = make();
      const lost = clientOf(() => "gone", { storage: open() }).client;
      for (let value = 0; value < 3; value++) lost.reward({ decisionId: "d", value });
      const next = clientOf(ranked, { storage: open() });
      expect(next.client.waiting).toBe(3);
      expect(await next.client.flush()).toBe(true);
      expect(next.sent[0].body.map(({ value }: { value: number }) => value)).toEqual([0, 1, 2]);
      next.client.reward({ decisionId: "d", value: 3 });
      expect(
        open()
          .load()
          .map(({ body }) => body.value),
      ).toEqual([3]);
      await ended(next.client, lost);
    });
  });
}

async function ended(...clients: Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.close()));
}
