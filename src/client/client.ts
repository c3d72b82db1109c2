/**
 * Brigand for applications, in Node and in browsers, without dependencies. A ranking comes within its deadline whatever
 * happens to the server; a reward that was told is delivered, and counts once.
 */
import { randomId, wallMs } from "./clock.ts";
import { type Answer, codeOf, fieldOf, isPassing, post, type Server } from "./http.ts";
import { onLeaving, sendLast } from "./leaving.ts";
import { localItems } from "./local.ts";
import { Outbox } from "./outbox.ts";
import { memoryStorage, type OutboxStorage, type WebStorage, webStorage } from "./storage.ts";
import type { Problem, RankedItem, Ranking, RankRequest, Reward } from "./types.ts";

export interface ClientOptions {
  /** Where Brigand listens, as http://127.0.0.1:8080. */
  readonly url: string;
  /** An API key with the role app. In a page it is known to everybody: see docs/access.md. */
  readonly key?: string;
  /** Policy of requests that name none. */
  readonly policy?: string;
  /** From the call to the list, whoever made it; default 150 ms. */
  readonly timeoutMs?: number;
  /** Default: localStorage in browsers, memory elsewhere; `fileStorage` keeps a file in Node. */
  readonly storage?: OutboxStorage;
  /** After a reward, until it is sent; default 1,000 ms. */
  readonly flushMs?: number;
  /** Rewards that wait at most; default 10,000. */
  readonly entriesMax?: number;
  /** Told what the page does not feel. */
  readonly onProblem?: (problem: Problem) => void;
  readonly fetch?: typeof fetch;
}

export interface Client {
  /** The list, within `timeoutMs`: the server's, else the caller's own order. Never rejects. */
  rank(request: RankRequest, options?: { readonly timeoutMs?: number }): Promise<Ranking>;
  /** Kept at once, delivered as soon as the server can be reached, counted once. Never throws. */
  reward(reward: Reward): void;
  /** Sends what waits. @returns whether the server has all of it. */
  flush(): Promise<boolean>;
  /** Rewards that wait. */
  readonly waiting: number;
  /** Tries once more to send what waits, and ends. What is left goes out with the next client on the same storage. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 150;
const RETRY_MS = 10;
/** So many rankings that failed in a row let the server rest: no request waits for it meanwhile. */
const FAILURES_MAX = 3;
const REST_MS = 1000;

export function createClient(options: ClientOptions): Client {
  return new BrigandClient(options);
}

class BrigandClient implements Client {
  private readonly options: ClientOptions;
  private readonly server: Server;
  private readonly outbox: Outbox;
  private readonly stay: () => void;
  private failures = 0;
  private restUntil = 0;

  constructor(options: ClientOptions) {
    const { key, storage = usualStorage(), flushMs = 1000, entriesMax = 10_000, onProblem = () => {} } = options;
    this.options = options;
    this.server = {
      url: options.url.replace(/\/+$/, ""),
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      fetch: options.fetch ?? ((...args) => fetch(...args)),
    };
    this.outbox = new Outbox({ server: this.server, storage, flushMs, entriesMax, onProblem });
    this.stay = onLeaving(() => sendLast(this.server, this.outbox.waiting()));
  }

  async rank(request: RankRequest, { timeoutMs = this.options.timeoutMs ?? TIMEOUT_MS } = {}): Promise<Ranking> {
    const asked = { ...request, policy: request.policy ?? this.options.policy ?? "default" };
    if (performance.now() < this.restUntil) return this.local(asked, { reason: "resting" });
    const decisionId = randomId();
    const ending = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const deadline = new Promise<string>((pass) => {
      timer = setTimeout(() => pass("deadline"), timeoutMs);
    });
    const body = JSON.stringify({ ...asked, decisionId });
    const answer = await Promise.race([this.ask(body, ending.signal), deadline]);
    clearTimeout(timer);
    ending.abort();
    if (typeof answer === "string") return this.local(asked, { reason: answer, undecided: decisionId });
    this.failures = 0;
    return rankingOf(answer) ?? this.local(asked, { reason: codeOf(answer) });
  }

  reward({ decisionId, policy = policyIn(decisionId), rewardId = randomId(), ...reward }: Reward): void {
    const named = policy ?? this.options.policy;
    this.outbox.add("rewards", { decisionId, ...reward, policy: named, rewardId, timestamp: wallMs() });
  }

  flush(): Promise<boolean> {
    return this.outbox.flush();
  }

  get waiting(): number {
    return this.outbox.waiting().length;
  }

  async close(): Promise<void> {
    this.stay();
    this.outbox.close();
    await this.outbox.flush();
  }

  /** Again and again with the same decisionId, until there is an answer to keep; why there is none, where it ends. */
  private async ask(body: string, signal: AbortSignal): Promise<Answer | string> {
    for (let waitMs = RETRY_MS; !signal.aborted; waitMs *= 2) {
      const answer = await post(this.server, "/v1/rank", { body, signal }).catch(() => undefined);
      if (answer !== undefined && !isPassing(answer.status)) return answer;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    return "unreachable";
  }

  /**
   * The caller's own order. The server is told what was shown, as a ranking without propensities, and that the list it
   * may have drawn was not.
   */
  private local(
    request: RankRequest & { readonly policy: string },
    told: { readonly reason: string; readonly undecided?: string },
  ): Ranking {
    const { policy } = request;
    const items = localItems(request);
    const decisionId = `local-${policy}-${randomId()}`;
    if (told.undecided !== undefined) {
      this.failures++;
      if (this.failures >= FAILURES_MAX) this.restUntil = performance.now() + REST_MS;
      this.reward({ decisionId: told.undecided, policy, value: 0, viewedThrough: 0 });
    }
    this.outbox.add(`feedback?policy=${encodeURIComponent(policy)}`, rankingEvent(request, { id: decisionId, items }));
    this.options.onProblem?.({ code: "CLIENT_LOCAL_LIST", message: `the caller's order was shown: ${told.reason}` });
    return { decisionId, items, policy, served: "local", reason: told.reason };
  }
}

/** The policy of a local list. */
function policyIn(decisionId: string): string | undefined {
  return /^local-(.+)-[0-9a-f]{32}$/.exec(decisionId)?.[1];
}

/** Metarank's ranking event. */
function rankingEvent(
  { user, session, context = {} }: RankRequest,
  { id, items }: { readonly id: string; readonly items: readonly RankedItem[] },
) {
  const fields = Object.entries(context).map(([name, value]) => ({ name, value }));
  const shown = items.map((item) => ({ id: item.id }));
  return { event: "ranking", id, timestamp: wallMs(), user: user?.id, session, fields, items: shown };
}

function rankingOf({ status, body }: Answer): Ranking | undefined {
  return status === 200 && isRanking(body) ? body : undefined;
}

function isRanking(body: unknown): body is Ranking {
  return typeof fieldOf(body, "decisionId") === "string" && Array.isArray(fieldOf(body, "items"));
}

function usualStorage(): OutboxStorage {
  try {
    const store: unknown = Reflect.get(globalThis, "localStorage");
    return isWebStorage(store) ? webStorage(store) : memoryStorage();
  } catch {
    return memoryStorage();
  }
}

function isWebStorage(value: unknown): value is WebStorage {
  return typeof value === "object" && value !== null && "setItem" in value && "key" in value;
}
