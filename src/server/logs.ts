/** GET /v1/logs behind HTTP: its filters, and how many listings run at once. */
import { checkReach, type Principal, within } from "../core/access/principal.ts";
import { checkId, isObject } from "../core/decide/check.ts";
import { BrigandError } from "../core/errors.ts";
import { readCursor } from "../core/logs/cursor.ts";
import { type LogQuery, readChoice, readTime, readWhole, servedBy, yesOrNo } from "../core/logs/query.ts";
import type { AppContext } from "./context.ts";
import { policyName } from "./routes/query.ts";

/**
 * Of the policies within the caller's reach.
 * @throws CB_LOGS_FILTER_INVALID, CB_LOGS_CURSOR_INVALID, CB_POLICY_NAME_INVALID, CB_POLICY_UNKNOWN, CB_ACCESS_POLICY
 */
export async function queryOf(
  { policies, lookup, ports }: AppContext,
  query: unknown,
  caller: Principal,
): Promise<LogQuery> {
  const given = isObject(query) ? query : {};
  const now = ports.clock.now();
  const read = <Value>(name: string, reader: (text: string) => Value): Value | undefined => {
    const text = given[name];
    return typeof text === "string" ? reader(text) : undefined;
  };
  const policy = read("policy", (name) => {
    checkReach(caller, policyName(name));
    return policies.get(name).name;
  });
  const decision = read("decision", (id) => {
    checkId(id, "decision");
    return id;
  });
  if (decision !== undefined) await ports.index.ready;
  return {
    policies: policy === undefined ? within(caller, policies.list()).toSorted() : [policy],
    variant: read("variant", (name) => name),
    version: read("version", (text) => readWhole(text, "version")),
    subject: read("subject", (pseudonym) => pseudonym),
    from: read("from", (text) => readTime(text, { path: "from", now })),
    to: read("to", (text) => readTime(text, { path: "to", now })),
    explored: read("explored", (text) => readChoice(text, "explored", yesOrNo) === "true"),
    served: read("served", (text) => readChoice(text, "served", servedBy)),
    decision,
    place: decision === undefined ? undefined : lookup.place(decision, now),
    limit: read("limit", (text) => readWhole(text, "limit")),
    cursor: read("cursor", readCursor),
  };
}

/** Listings under way: each reads files and formats rows in the process that ranks, so they are few. */
export class Listings {
  private readonly max: number;
  private n = 0;

  constructor(max: number) {
    this.max = max;
  }

  /** @returns what to call when it is over, and a signal that then says so. @throws CB_SERVER_BUSY */
  begin(): { readonly signal: AbortSignal; readonly end: () => void } {
    if (this.n >= this.max) throw new BrigandError("CB_SERVER_BUSY", { maximum: `${this.max} listings at once` });
    this.n++;
    const controller = new AbortController();
    const end = () => {
      if (controller.signal.aborted) return;
      controller.abort();
      this.n--;
    };
    return { signal: controller.signal, end };
  }
}
