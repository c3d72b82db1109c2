/**
 * The floor that ranking is measured against: Fastify in a process of its own that parses the same body (no schema)
 * and answers the same ten items in an answer of the same shape and size.
 */
import Fastify from "fastify";
import { answer } from "./processes.mjs";

const SLOTS = 10;
const app = Fastify({ logger: false, bodyLimit: 4 << 20 });
let template;
let served = 0;

/** The first ten candidates with numbers as long as those of a real answer. */
app.post("/v1/rank", async (request) => {
  const { items } = request.body;
  const chosen = new Array(SLOTS);
  for (let i = 0; i < SLOTS; i++) {
    const { propensity, score } = template.items[i];
    chosen[i] = { id: items[i].id, position: i + 1, propensity, score };
  }
  const { decisionId, policy, variant, modelVersion, reason, tookMs } = template;
  served++;
  return { decisionId, items: chosen, policy, variant, modelVersion, served: "model", reason, tookMs };
});

answer(
  {
    /** @param like an answer of the server */
    async listen(like) {
      template = like;
      await app.listen({ host: "127.0.0.1", port: 0 });
      return { port: app.server.address().port, fastify: app.version };
    },
    async usage() {
      const { user, system } = process.cpuUsage();
      return { cpuMicros: user + system, served };
    },
  },
  () => app.close(),
);
