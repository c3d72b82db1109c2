/** What a page's forms send. A form of another site is refused: browsers say where a POST comes from. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { DEMO_POLICY } from "../../core/simulator/demo.ts";
import { checkSameOrigin } from "../access/origin.ts";
import type { AppPorts } from "../ports.ts";

const hidden = { schema: { hide: true } } as const;
const FORM = "application/x-www-form-urlencoded";
const FORM_BYTES_MAX = 4096;
const YEAR_S = 31_536_000;

export function formRoutes(app: FastifyInstance, { demo, policies }: Pick<AppPorts, "demo" | "policies">): void {
  app.addContentTypeParser(FORM, { parseAs: "string", bodyLimit: FORM_BYTES_MAX }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  app.post("/page/theme", hidden, async (request, reply) => {
    checkSameOrigin(request);
    const form = formOf(request);
    const theme = form.get("theme");
    const chosen = theme === "light" || theme === "dark";
    const cookie = `theme=${chosen ? theme : "auto"}; Path=/; SameSite=Strict; HttpOnly; Max-Age=${chosen ? YEAR_S : 0}`;
    return reply.header("set-cookie", cookie).redirect(backTo(form.get("back")), 303);
  });
  app.post("/page/demo/remove", hidden, async (request, reply) => {
    checkSameOrigin(request);
    // Whoever named a policy of their own `demo` keeps it: only what says that it is made up goes.
    if (policies.get(DEMO_POLICY)?.simulated === true) await demo?.remove();
    return reply.redirect("/", 303);
  });
}

export function formOf({ body }: FastifyRequest): URLSearchParams {
  return body instanceof URLSearchParams ? body : new URLSearchParams();
}

/** A place of this site: one slash, no host. */
function backTo(path: string | null): string {
  return path !== null && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) && !path.includes("\\") ? path : "/";
}
