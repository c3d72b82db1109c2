/** What a page's forms send. A form of another site is refused: browsers say where a POST comes from. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { BrigandError } from "../../core/errors.ts";

const hidden = { schema: { hide: true } } as const;
const FORM = "application/x-www-form-urlencoded";
const FORM_BYTES_MAX = 4096;
const YEAR_S = 31_536_000;

export function formRoutes(app: FastifyInstance): void {
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
  const own = origin === undefined || hostOf(origin) === host;
  if (own && (site === undefined || site === "same-origin" || site === "none")) return;
  throw new BrigandError("CB_ORIGIN_FOREIGN", { came: String(origin ?? site).slice(0, 200) });
}

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
