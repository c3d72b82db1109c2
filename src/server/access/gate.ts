/** The gate before every route: who asks, may they, and a line in the audit log before anything is changed. */
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from "fastify";
import { checkReach, hasRole, type Principal } from "../../core/access/principal.ts";
import { isObject } from "../../core/decide/check.ts";
import { BrigandError } from "../../core/errors.ts";
import type { AppPorts } from "../ports.ts";
import { parameter } from "../routes/query.ts";
import { Acts } from "./acts.ts";
import { type Caller, Callers } from "./callers.ts";
import { checkSameOrigin } from "./origin.ts";
import { NO_ROUTE, type RouteAccess, routeAccess, UNDECLARED } from "./table.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; null before the gate. Read it with `callerOf`. */
    principal: Principal | null;
    /** The act that the request is, while it is under way. */
    auditId: string | null;
  }
  interface FastifyInstance {
    /** Every route there is, as "POST /v1/rank", and whether the table has it. */
    routesGated: Map<string, boolean>;
    /** For addresses that are no route. */
    gateOfNoRoute: onRequestHookHandler;
  }
}

const NOBODY: Principal = { name: "nobody", roles: [], policies: [] };

/** Who asks. Before the gate, or past it: somebody who reaches nothing. */
export function callerOf(request: FastifyRequest): Principal {
  return request.principal ?? NOBODY;
}

/** On the root itself, before any route. Cost for a key that came before: well under a microsecond. */
export function addGate(app: FastifyInstance, ports: AppPorts): void {
  const { access, clock, bounds, log } = ports;
  const callers = new Callers({ access, clock, rateMax: bounds.keyRequestsPerSecondMax });
  const acts = new Acts({ audit: access.audit, clock, id: ports.random.nonce, failed: (err) => log.error({ err }) });
  app.decorateRequest("principal", null);
  app.decorateRequest("auditId", null);
  const gates = new Set<unknown>();
  const routes = new Map<string, boolean>();
  app.decorate("routesGated", routes);
  const gateOf = (access: RouteAccess, route: string) => {
    const gate = makeGate({ access, route, callers, acts });
    gates.add(gate);
    return gate;
  };
  app.decorate("gateOfNoRoute", gateOf(NO_ROUTE, "no route"));
  app.addHook("onRoute", (route) => {
    const [method = "GET"] = [route.method].flat().filter((known) => known !== "HEAD");
    const name = `${method} ${route.url}`;
    routes.set(name, routeAccess[name] !== undefined);
    const others = [route.onRequest ?? []].flat().filter((hook) => !gates.has(hook));
    route.onRequest = [gateOf(routeAccess[name] ?? UNDECLARED, name), ...others];
  });
  app.addHook("onResponse", (request, reply, done) => {
    if (request.auditId !== null) acts.done(request.auditId, reply.statusCode);
    done();
  });
}

interface GateParts {
  readonly access: RouteAccess;
  readonly route: string;
  readonly callers: Callers;
  readonly acts: Acts;
}

function makeGate(parts: GateParts): onRequestHookHandler {
  const { access, callers, acts, route } = parts;
  if (access.needs === "anybody") return (_request, _reply, done) => done();
  const quick = route === "POST /v1/rank";
  return (request, reply, done) => {
    if (!quick) harden(reply, access);
    let caller: Caller;
    try {
      caller = callers.of(request.headers);
      request.principal = caller.principal;
      check(access, caller, request);
    } catch (error) {
      if (access.act !== undefined && request.principal !== null) acts.refused(actOf(request, parts));
      if (error instanceof BrigandError && error.status === 401) challenge(reply, access);
      return done(error instanceof Error ? error : new Error(String(error)));
    }
    if (access.act === undefined) return done();
    acts.asked(actOf(request, parts), access.act === "hurried" ? "process" : "disk").then(
      (id) => {
        request.auditId = id;
        done();
      },
      (error: unknown) => {
        const problem = error instanceof Error ? error.message : String(error);
        done(new BrigandError("CB_AUDIT_WRITE_FAILED", { problem }));
      },
    );
  };
}

/** @throws CB_ACCESS_ROLE, CB_ACCESS_POLICY, CB_ORIGIN_FOREIGN */
function check({ needs, reach, act }: RouteAccess, caller: Caller, request: FastifyRequest): void {
  const { principal } = caller;
  if (typeof needs !== "string" && !hasRole(principal, needs)) {
    throw new BrigandError("CB_ACCESS_ROLE", { known: [...needs, "admin"].join(", ") });
  }
  if (act !== undefined && caller.ambient) checkSameOrigin(request);
  if (principal.policies === "all" || reach === "handler" || reach === "none") return;
  if (reach === "all") checkReach(principal, "");
  else if ("path" in reach) checkReach(principal, parameter(request.params, reach.path));
  else checkReach(principal, String(isObject(request.query) ? request.query[reach.query] : ""));
}

function actOf(request: FastifyRequest, { route }: GateParts) {
  const { keyId, name } = callerOf(request);
  return { by: { keyId, name }, act: route, target: request.url.slice(0, 500) };
}

/** What browsers must not do with an answer: guess its type, or keep it. */
function harden(reply: FastifyReply, { page }: RouteAccess): void {
  reply.header("x-content-type-options", "nosniff");
  if (page !== true) reply.header("cache-control", "no-store");
}

function challenge(reply: FastifyReply, { page }: RouteAccess): void {
  const realm = 'realm="Brigand"';
  reply.header("www-authenticate", page === true ? `Basic ${realm}, charset="UTF-8"` : `Bearer ${realm}`);
}
