/** Where a browser's request comes from: a page of another site must not act with what the browser holds. */
import type { FastifyRequest } from "fastify";
import { BrigandError } from "../../core/errors.ts";

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
