import type { FastifyInstance, FastifyRequest } from "fastify";
import { checkReach, type Principal } from "../../../core/access/principal.ts";
import { checkId, isObject, type JsonObject, wrong } from "../../../core/decide/check.ts";
import { EVENT_SLOTS_MAX, slotDecisionId } from "../../../core/doors/personalizer/multislotBody.ts";
import { BrigandError } from "../../../core/errors.ts";
import { callerOf } from "../../access/gate.ts";
import { activateDecision } from "../../activate.ts";
import type { AppContext } from "../../context.ts";
import { acceptRewards } from "../../rewards.ts";
import { parameter } from "../../routes/query.ts";
import { jsonOf, policyOfLoop } from "./door.ts";
import { EventParams, errorAnswers, MultislotRewardBody, NOTHING, RewardBody, tags } from "./schemas.ts";

/** Rewards and activations: 204 once they survive power loss. */
export function eventRoutes(app: FastifyInstance, context: AppContext): void {
  app.post(
    "/:version/events/:eventId/reward",
    {
      config: { personalizer: "InvalidRewardRequest" },
      schema: {
        operationId: "personalizerReward",
        summary: "A reward for the chosen action, from -1 to 1.",
        tags,
        params,
        body: RewardBody,
        response,
      },
    },
    async (request, reply) => {
      const body = objectOf(jsonOf(request));
      const value = valueOf(body.value, "value");
      await acceptRewards(context, { decisionId: idOf(request.params), value }, askedOf(request));
      return reply.code(204).send();
    },
  );
  app.post(
    "/:version/events/:eventId/activate",
    {
      config: { personalizer: "InvalidEventIdToActivate" },
      schema: { operationId: "personalizerActivate", summary: "A deferred event counts now.", tags, params, response },
    },
    async (request, reply) => {
      await activateDecision(context, idOf(request.params), askedOf(request));
      return reply.code(204).send();
    },
  );
  multislotRoutes(app, context);
}

const params = EventParams;
const response = { 204: NOTHING, ...errorAnswers };

function idOf(given: unknown): string {
  const id = parameter(given, "eventId");
  checkId(id, "eventId");
  return id;
}

function multislotRoutes(app: FastifyInstance, context: AppContext): void {
  app.post(
    "/:version/multislot/events/:eventId/reward",
    {
      config: { personalizer: "InvalidRewardRequest" },
      schema: {
        operationId: "personalizerMultislotReward",
        summary: "Rewards for slots of an event, each from -1 to 1.",
        tags,
        params,
        body: MultislotRewardBody,
        response,
      },
    },
    async (request, reply) => {
      const eventId = idOf(request.params);
      const asked = askedOf(request);
      const rewards = rewardsOf(jsonOf(request));
      const slots = await slotsOf(context, eventId, asked.caller);
      const entries = rewards.map(({ slotId, value }, i) => {
        const slot = slots.indexOf(slotId);
        if (slot < 0) throw wrong(`reward[${i}].slotId`, "the id of a slot of the event", slotId);
        return { decisionId: slotDecisionId(eventId, slot), value };
      });
      await acceptRewards(context, entries, asked);
      return reply.code(204).send();
    },
  );
  app.post(
    "/:version/multislot/events/:eventId/activate",
    {
      config: { personalizer: "InvalidEventIdToActivate" },
      schema: {
        operationId: "personalizerMultislotActivate",
        summary: "All slots of a deferred event count now.",
        tags,
        params,
        response,
      },
    },
    async (request, reply) => {
      const eventId = idOf(request.params);
      const asked = askedOf(request);
      // An event that was decided elsewhere has an unknown number of slots; who joins the log heeds those that exist.
      const n = slotsKnown(context, eventId) || EVENT_SLOTS_MAX;
      await Promise.all(
        Array.from({ length: n }, (_, slot) => activateDecision(context, slotDecisionId(eventId, slot), asked)),
      );
      return reply.code(204).send();
    },
  );
}

/** The loop's policy and who asks. */
function askedOf(request: FastifyRequest): { readonly policy: string; readonly caller: Principal } {
  return { policy: policyOfLoop(request), caller: callerOf(request) };
}

function objectOf(body: unknown): JsonObject {
  if (!isObject(body)) throw wrong("The body", "an object", body);
  return body;
}

function valueOf(value: unknown, path: string): number {
  if (typeof value !== "number" || !(value >= -1 && value <= 1)) throw wrong(path, "a number from -1 to 1", value);
  return value;
}

function rewardsOf(body: unknown): readonly { readonly slotId: string; readonly value: number }[] {
  const { reward } = objectOf(body);
  if (!Array.isArray(reward) || reward.length < 1 || reward.length > EVENT_SLOTS_MAX)
    throw wrong("reward", `an array of 1 to ${EVENT_SLOTS_MAX} objects with slotId and value`, reward);
  return reward.map((one: unknown, i) => {
    if (!isObject(one)) throw wrong(`reward[${i}]`, "an object with slotId and value", one);
    const { slotId } = one;
    checkId(slotId, `reward[${i}].slotId`);
    return { slotId, value: valueOf(one.value, `reward[${i}].value`) };
  });
}

function slotsKnown({ lookup, ports }: AppContext, eventId: string): number {
  let n = 0;
  while (n < EVENT_SLOTS_MAX && lookup.place(slotDecisionId(eventId, n), ports.clock.now()) !== undefined) n++;
  return n;
}

/** Ids of the event's slots in their order, from its lines. @throws CB_DECISION_UNKNOWN. Cost: a read of the log a slot. */
async function slotsOf(context: AppContext, eventId: string, caller: Principal): Promise<string[]> {
  const { lookup, ports } = context;
  await ports.index.ready;
  const ids: string[] = [];
  for (let slot = 0; slot < slotsKnown(context, eventId); slot++) {
    const record = await lookup.read(slotDecisionId(eventId, slot), ports.clock.now());
    if (record !== undefined) checkReach(caller, record.policy);
    const told = record?.context?.slot;
    ids.push(isObject(told) && typeof told.id === "string" ? told.id : "");
  }
  if (ids.length === 0) throw new BrigandError("CB_DECISION_UNKNOWN");
  return ids;
}
