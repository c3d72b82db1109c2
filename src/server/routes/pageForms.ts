/** What a page's forms send. A form of another site is refused: browsers say where a POST comes from. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { BrigandError } from "../../core/errors.ts";
import { DEMO_POLICY } from "../../core/simulator/demo.ts";
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

/**
 * Lets pass what the site's own pages send, and clients that are no browser (they send neither header).
 * @throws CB_ORIGIN_FOREIGN
 */
export function checkSameOrigin({ headers }: FastifyRequest): void {
  const { origin, host } = headers;
  const site = headers["sec-fetch-site"];
  // Browsers send the first to addresses they trust, and no script can write it; else there is the second.
  const own = site === undefined ? origin === undefined || hostOf(origin) === host : OWN_SITES.includes(String(site));
  if (own) return;
  throw new BrigandError("CB_ORIGIN_FOREIGN", { came: String(origin ?? site).slice(0, 200) });
}

const OWN_SITES = ["same-origin", "none"];

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

/** A place of this site: one slash, no host. */
function backTo(path: string | null): string {
  return path !== null && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) && !path.includes("\\") ? path : "/";
}
