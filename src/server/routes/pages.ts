/** Pages for people: HTML by the screens, charts as SVG files, a stylesheet and a script. Nothing from elsewhere. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { checkReach, within } from "../../core/access/principal.ts";
import { isObject } from "../../core/decide/check.ts";
import { BrigandError } from "../../core/errors.ts";
import { RANGES, type Range } from "../../core/insight/fold.ts";
import { variantTable } from "../../core/variants/table.ts";
import { CHARTS, type ChartName } from "../../ports/insight.ts";
import { callerOf } from "../access/gate.ts";
import type { AppContext } from "../context.ts";
import { explained } from "../explain.ts";
import { decisionScreen } from "../page/decisionScreen.ts";
import type { Theme } from "../page/frame.ts";
import { effectsOf } from "../page/parts/variants.ts";
import { decisionsScreen, emptyScreen, overviewScreen, refusedScreen } from "../page/screens.ts";
import type { PageView, Views } from "../page/view.ts";
import { parameter, policyName } from "./query.ts";

/** Of the joined log, read for one decision's rewards. */
const REWARDS_BYTES_MAX = 16 * 1024 * 1024;
const HTML = "text/html; charset=utf-8";
const hidden = { schema: { hide: true } } as const;
/** Charts may have styles of their own and nothing else. */
const CHART_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
const ASSETS: { readonly [file: string]: string } = {
  "page.css": "text/css; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "mark.svg": "image/svg+xml",
};

export async function pageRoutes(app: FastifyInstance, context: AppContext, views: Views): Promise<void> {
  screenRoutes(app, context, views);
  chartRoute(app, context);
  await assetRoutes(app);
  app.setErrorHandler((error: unknown, request, reply) => refuse(error, request, reply));
}

function screenRoutes(app: FastifyInstance, context: AppContext, views: Views): void {
  const { ports, lookup } = context;
  app.get("/", hidden, async (request, reply) => {
    const view = await viewOf(request, context, views);
    return reply
      .type(HTML)
      .header("cache-control", "no-store")
      .send(view === undefined ? emptyScreen(themeOf(request)) : overviewScreen(view));
  });
  app.get("/decisions", hidden, async (request, reply) => {
    const id = queryOf(request).id;
    if (typeof id === "string" && id !== "") return reply.redirect(`/decisions/${encodeURIComponent(id)}`, 303);
    const view = await viewOf(request, context, views);
    return reply
      .type(HTML)
      .header("cache-control", "no-store")
      .send(view === undefined ? emptyScreen(themeOf(request)) : decisionsScreen(view));
  });
  app.get("/decisions/:id", hidden, async (request, reply) => {
    await ports.index.ready;
    const record = await lookup.read(parameter(request.params, "id"), ports.clock.now());
    if (record === undefined) throw new BrigandError("CB_DECISION_UNKNOWN");
    checkReach(callerOf(request), record.policy);
    const { columns: names } = ports.replica.state(record.policy).schema;
    const rewards = await ports.logs.rewards(record, REWARDS_BYTES_MAX);
    return reply.type(HTML).send(decisionScreen(explained(record, { names, rewards }), themeOf(request)));
  });
}

function chartRoute(app: FastifyInstance, { ports, policies }: AppContext): void {
  app.get("/charts/:policy/:file", hidden, async (request, reply) => {
    const policy = policies.get(policyName(parameter(request.params, "policy"))).name;
    const name = chartName(parameter(request.params, "file"));
    const { theme, size } = queryOf(request);
    const look = { theme: theme === "dark" ? "dark" : "light", size: size === "narrow" ? "narrow" : "wide" } as const;
    const effects = name === "effects" ? effectsOf(variantTable(ports.replica.state(policy).experiment)) : undefined;
    const svg = await ports.insight?.chart({ policy, name, range: rangeOf(request), effects, ...look });
    if (svg === undefined) return reply.code(503).header("retry-after", "1").send();
    return reply
      .type("image/svg+xml")
      .header("cache-control", "private, max-age=60")
      .header("content-security-policy", CHART_POLICY)
      .send(svg);
  });
}

/** Read once; they are a few kilobytes. */
async function assetRoutes(app: FastifyInstance): Promise<void> {
  for (const [file, type] of Object.entries(ASSETS)) {
    const text = await readFile(join(import.meta.dirname, "..", "page", "assets", file), "utf8");
    app.get(`/page/${file}`, hidden, async (_request, reply) =>
      reply.type(type).header("cache-control", "no-cache").send(text),
    );
  }
}

/** The view that the address asks for; undefined while there is no policy to see. @throws CB_POLICY_UNKNOWN, CB_ACCESS_POLICY */
async function viewOf(
  request: FastifyRequest,
  { policies, ports }: AppContext,
  views: Views,
): Promise<PageView | undefined> {
  const caller = callerOf(request);
  const names = within(caller, policies.list());
  const asked = queryOf(request).policy;
  if (asked === undefined && names.length === 0) return undefined;
  const policy = asked === undefined ? names[0] : policyName(asked);
  checkReach(caller, policy);
  const gathered = await views.of({ policy, range: rangeOf(request) });
  return { ...gathered, policies: names, theme: themeOf(request), ...removalOf(ports, policy) };
}

function removalOf({ demo, policies }: AppContext["ports"], policy: string): Pick<PageView, "removable" | "removing"> {
  return { removable: demo !== undefined, removing: policies.removing?.(policy) === true };
}

/** What went wrong, as a page. */
function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = error instanceof BrigandError ? error : new BrigandError("CB_SERVER_FAILED");
  if (!(error instanceof BrigandError)) request.log.error({ err: error, requestId: request.id }, "a fault of our own");
  const title = known.status === 404 ? "Not found" : known.status >= 500 ? "Something failed here" : "Not possible";
  const problem = { title, text: `${known.code}: ${known.message}`, hint: known.hint };
  reply
    .code(known.status)
    .type(HTML)
    .send(refusedScreen(themeOf(request), problem));
}

function chartName(file: string): ChartName {
  const name = CHARTS.find((chart) => `${chart}.svg` === file);
  if (name !== undefined) return name;
  const known = CHARTS.map((chart) => `GET /charts/{policy}/${chart}.svg`).join(", ");
  throw new BrigandError("CB_ROUTE_UNKNOWN", { came: file.slice(0, 100), known });
}

function queryOf({ query }: FastifyRequest): { readonly [name: string]: unknown } {
  return isObject(query) ? query : {};
}

function rangeOf(request: FastifyRequest): Range {
  return RANGES.find((range) => range === queryOf(request).range) ?? "recent";
}

export function themeOf({ headers }: FastifyRequest): Theme {
  const chosen = /(?:^|;\s*)theme=(light|dark)(?:;|$)/.exec(headers.cookie ?? "")?.[1];
  return chosen === "light" || chosen === "dark" ? chosen : "auto";
}
