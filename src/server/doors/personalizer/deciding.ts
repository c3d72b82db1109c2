import type { FastifyInstance, FastifyRequest } from "fastify";
import { readMultislot, type SlotEvent, slotRequest } from "../../../core/doors/personalizer/multislotBody.ts";
import { rankAnswer } from "../../../core/doors/personalizer/rankAnswer.ts";
import { type RankBounds, readRankBody } from "../../../core/doors/personalizer/rankBody.ts";
import { callerOf } from "../../access/gate.ts";
import type { AppContext } from "../../context.ts";
import type { Call } from "../../decide.ts";
import { bytesOf, jsonOf, policyOfLoop } from "./door.ts";
import { errorAnswers, MultislotAnswer, MultislotBody, RankAnswer, RankBody, tags, VersionParams } from "./schemas.ts";

/** Rank and multi-slot rank: 201, as the service answered. */
export function decidingRoutes(app: FastifyInstance, context: AppContext): void {
  const { decider, ports } = context;
  const boundsOf = (policy: string): RankBounds => ({ policy, actionsMax: ports.bounds.personalizerActionsMax });
  const config = { personalizer: "InvalidRankRequest" } as const;
  app.post(
    "/:version/rank",
    {
      config,
      schema: {
        operationId: "personalizerRank",
        summary: "Chooses one action; its probability, and those of the others.",
        tags,
        params: VersionParams,
        body: RankBody,
        response: { 201: RankAnswer, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const asked = readRankBody(jsonOf(request), boundsOf(policyOfLoop(request)));
      const record = await decider.line(asked, callOf(request));
      return reply.code(201).send(rankAnswer(record, asked));
    },
  );
  app.post(
    "/:version/multislot/rank",
    {
      config,
      schema: {
        operationId: "personalizerMultislotRank",
        summary: "Chooses an action for each slot, in order; each slot is a decision of its own.",
        tags,
        params: VersionParams,
        body: MultislotBody,
        response: { 201: MultislotAnswer, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const event = readMultislot(jsonOf(request), boundsOf(policyOfLoop(request)));
      return reply.code(201).send(await fillSlots(context, event, callOf(request)));
    },
  );
}

function callOf(request: FastifyRequest): Call {
  return { arrivedAt: request.arrivedAt, body: bytesOf(request), caller: callerOf(request) };
}

/** Slot after slot, because each must know what went before. @throws as `decider.line`, CB_ITEMS_NONE_ELIGIBLE */
async function fillSlots({ decider, ports }: AppContext, event: SlotEvent, call: Call): Promise<object> {
  const { eventId = ports.random.nonce() } = event;
  const taken = new Set<string>();
  const slots: { id: string; rewardActionId: string }[] = [];
  for (const [index, { id }] of event.slots.entries()) {
    const asked = slotRequest(event, index, { eventId, taken });
    const record = await decider.line(asked, {
      ...call,
      arrivedAt: index === 0 ? call.arrivedAt : ports.clock.elapsed(),
    });
    const chosen = record.items[record.slots[0]];
    taken.add(chosen);
    slots.push({ id, rewardActionId: chosen });
  }
  return { slots, eventId };
}
