/** gzip for texts of a kilobyte and more, where the browser takes it; done on a thread of the system's pool. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyInstance } from "fastify";

const BYTES_LEAST = 1024;
const TYPES = /^(text\/|image\/svg)/;
const compressed = promisify(gzip);

/** For the routes of this scope. */
export function addCompression(app: FastifyInstance): void {
  app.addHook("onSend", async (request, reply, payload) => {
    const taken = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
    const type = String(reply.getHeader("content-type") ?? "");
    if (typeof payload !== "string" || payload.length < BYTES_LEAST || !taken || !TYPES.test(type)) return payload;
    reply.header("content-encoding", "gzip").header("vary", "accept-encoding").removeHeader("content-length");
    return compressed(payload);
  });
}
