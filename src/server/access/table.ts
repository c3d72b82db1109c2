/**
 * Who may call which route: the one table. A route that stands here not, answers to admins alone, and fails
 * test/unit/server/access.test.ts.
 */
import type { Role } from "../../core/access/principal.ts";

/** A route's policy: where it is named, and who compares it with the key's policies. */
export type Reach =
  /** The parameter of the path; checked before the handler. */
  | { readonly path: string }
  /** ?policy=, which the route requires; checked before the handler. */
  | { readonly query: string }
  /** In the body or behind an id, or a list of all: the handler checks or leaves out (`checkReach`, `within`). */
  | "handler"
  /** Of the whole workspace: only keys that reach all policies. */
  | "all"
  /** Nothing of any policy. */
  | "none";

export interface RouteAccess {
  /** Roles beside admin; anybody: without a key too; anyKey: whatever its roles. */
  readonly needs: readonly Role[] | "anybody" | "anyKey";
  readonly reach: Reach;
  /** An act of management: it goes to the audit log, on disk before it is done; a hurried one's line may follow. */
  readonly act?: true | "hurried";
  /** For people: a browser may ask for the key. */
  readonly page?: true;
}

const NAME: Reach = { path: "name" };
const POLICY: Reach = { path: "policy" };
const READERS = ["ml", "analyst", "privacy"] as const;
const LOOKERS = ["ml", "analyst"] as const;

/** Personalizer's calls: the handler finds the loop's policy (src/server/doors/loop.ts) and checks it. */
const LOOP = "/personalizer/:version";
const CALLS: RouteAccess = { needs: ["app"], reach: "handler" };
const LOOKS: RouteAccess = { needs: LOOKERS, reach: "handler" };
const CHANGES: RouteAccess = { needs: ["ml"], reach: "handler", act: true };

const personalizerAccess: { readonly [route: string]: RouteAccess } = {
  [`POST ${LOOP}/rank`]: CALLS,
  [`POST ${LOOP}/events/:eventId/reward`]: CALLS,
  [`POST ${LOOP}/events/:eventId/activate`]: CALLS,
  [`POST ${LOOP}/multislot/rank`]: CALLS,
  [`POST ${LOOP}/multislot/events/:eventId/reward`]: CALLS,
  [`POST ${LOOP}/multislot/events/:eventId/activate`]: CALLS,
  [`GET ${LOOP}/configurations/service`]: LOOKS,
  [`PUT ${LOOP}/configurations/service`]: CHANGES,
  [`GET ${LOOP}/configurations/policy`]: LOOKS,
  [`PUT ${LOOP}/configurations/policy`]: CHANGES,
  [`DELETE ${LOOP}/configurations/policy`]: CHANGES,
  [`POST ${LOOP}/configurations/applyFromEvaluation`]: CHANGES,
  [`GET ${LOOP}/evaluations`]: LOOKS,
  [`POST ${LOOP}/evaluations`]: LOOKS,
  [`GET ${LOOP}/evaluations/:evaluationId`]: LOOKS,
  [`DELETE ${LOOP}/evaluations/:evaluationId`]: LOOKS,
  [`GET ${LOOP}/model`]: LOOKS,
  [`GET ${LOOP}/model/properties`]: LOOKS,
  [`PUT ${LOOP}/model`]: CHANGES,
  [`DELETE ${LOOP}/model`]: CHANGES,
  [`GET ${LOOP}/logs/properties`]: LOOKS,
  [`DELETE ${LOOP}/logs`]: CHANGES,
  [`POST ${LOOP}/logs/interactions`]: CALLS,
  [`POST ${LOOP}/logs/observations`]: CALLS,
};

/** The Open Inference Protocol: the handler finds the policy of the model's name (src/server/doors/inference/offered.ts). */
const MODEL = "/v2/models/:model";
const CALLERS: RouteAccess = { needs: ["app", ...LOOKERS], reach: "handler" };
const ANYBODY: RouteAccess = { needs: "anybody", reach: "none" };

const inferenceAccess: { readonly [route: string]: RouteAccess } = {
  "GET /v2": ANYBODY,
  "GET /v2/": ANYBODY,
  "GET /v2/health/live": ANYBODY,
  "GET /v2/health/ready": ANYBODY,
  [`GET ${MODEL}`]: CALLERS,
  [`GET ${MODEL}/config`]: CALLERS,
  [`GET ${MODEL}/ready`]: CALLERS,
  [`POST ${MODEL}/infer`]: CALLERS,
  [`GET ${MODEL}/versions/:version`]: CALLERS,
  [`GET ${MODEL}/versions/:version/config`]: CALLERS,
  [`GET ${MODEL}/versions/:version/ready`]: CALLERS,
  [`POST ${MODEL}/versions/:version/infer`]: CALLERS,
  "POST /v2/repository/index": CALLERS,
  "POST /v2/repository/models/:model/load": CHANGES,
  "POST /v2/repository/models/:model/unload": CHANGES,
};

export const routeAccess: { readonly [route: string]: RouteAccess } = {
  ...personalizerAccess,
  ...inferenceAccess,
  "POST /rank/:model": { needs: ["app"], reach: { path: "model" } },
  "POST /recommend/:model": { needs: ["app"], reach: { path: "model" } },
  "POST /feedback": { needs: ["app"], reach: "handler" },
  "POST /train/:model": { needs: LOOKERS, reach: { path: "model" } },

  "POST /v1/rank": { needs: ["app"], reach: "handler" },
  "POST /v1/rewards": { needs: ["app"], reach: "handler" },
  "POST /v1/feedback": { needs: ["app"], reach: "handler" },
  "POST /v1/decisions/:id/activate": { needs: ["app"], reach: "handler" },

  "GET /v1/decisions/:id": { needs: LOOKERS, reach: "handler" },
  "GET /v1/logs": { needs: LOOKERS, reach: "handler" },
  "GET /v1/overview": { needs: LOOKERS, reach: { query: "policy" } },
  "GET /v1/experiments": { needs: LOOKERS, reach: "handler" },
  "GET /v1/policies/:name/variants": { needs: LOOKERS, reach: NAME },

  "GET /v1/policies": { needs: READERS, reach: "handler" },
  "GET /v1/policies/:name": { needs: READERS, reach: NAME },
  "PUT /v1/policies/:name": { needs: ["ml"], reach: NAME, act: true },
  "GET /v1/models": { needs: READERS, reach: "handler" },
  "POST /v1/models/:policy/pin": { needs: ["ml"], reach: POLICY, act: true },
  "POST /v1/models/:policy/unpin": { needs: ["ml"], reach: POLICY, act: true },

  "GET /v1/models/:policy/labels": { needs: READERS, reach: POLICY },
  "GET /v1/models/:policy/columns": { needs: READERS, reach: POLICY },
  "GET /v1/models/:policy/versions/:version": { needs: READERS, reach: POLICY },
  "POST /v1/models/:policy/versions": { needs: ["ml"], reach: POLICY, act: true },
  "PUT /v1/models/:policy/versions/:version": { needs: ["ml"], reach: POLICY, act: true },
  "POST /v1/models/:policy/labels": { needs: ["ml"], reach: POLICY, act: true },
  "POST /v1/models/:policy/rollback": { needs: ["ml"], reach: POLICY, act: "hurried" },

  "GET /v1/keys": { needs: [], reach: "all" },
  "POST /v1/keys": { needs: [], reach: "all", act: true },
  "POST /v1/keys/:id/rotate": { needs: [], reach: "all", act: true },
  "POST /v1/keys/:id/revoke": { needs: [], reach: "all", act: true },
  "GET /v1/audit": { needs: ["privacy"], reach: "all" },

  "GET /health/live": { needs: "anybody", reach: "none" },
  "GET /health/ready": { needs: "anybody", reach: "none" },
  "GET /metrics": { needs: LOOKERS, reach: "all" },

  "GET /": { needs: LOOKERS, reach: "handler", page: true },
  "GET /decisions": { needs: LOOKERS, reach: "handler", page: true },
  "GET /decisions/:id": { needs: LOOKERS, reach: "handler", page: true },
  "GET /charts/:policy/:file": { needs: LOOKERS, reach: POLICY, page: true },
  "POST /page/demo/remove": { needs: ["ml"], reach: "all", act: true, page: true },
  "POST /page/theme": { needs: "anybody", reach: "none", page: true },
  "GET /page/page.css": { needs: "anybody", reach: "none", page: true },
  "GET /page/page.js": { needs: "anybody", reach: "none", page: true },
  "GET /page/mark.svg": { needs: "anybody", reach: "none", page: true },

  "GET /docs": { needs: "anyKey", reach: "none", page: true },
  "GET /docs/": { needs: "anyKey", reach: "none", page: true },
  "GET /docs/static/index.html": { needs: "anyKey", reach: "none", page: true },
  "GET /docs/json": { needs: "anyKey", reach: "none", page: true },
  "GET /docs/yaml": { needs: "anyKey", reach: "none", page: true },
  "GET /docs/static/swagger-initializer.js": { needs: "anyKey", reach: "none", page: true },
  "GET /docs/static/*": { needs: "anyKey", reach: "none", page: true },
};

/** What holds for a route that nobody wrote down, and for addresses that are no route. */
export const UNDECLARED: RouteAccess = { needs: [], reach: "all", act: true };
export const NO_ROUTE: RouteAccess = { needs: "anyKey", reach: "none" };
