/** The last moment of a page: what waits goes out in a request that outlives it. It stays kept until confirmed. */
import type { Server } from "./http.ts";
import type { Entry } from "./storage.ts";

/** What browsers let such requests hold, with room to spare. */
const BYTES_MAX = 60_000;

interface Page {
  addEventListener(kind: string, listener: () => void): void;
  removeEventListener(kind: string, listener: () => void): void;
}

/** Calls `leave` when the page goes; nothing outside a browser. @returns what ends it */
export function onLeaving(leave: () => void): () => void {
  const page: unknown = Reflect.get(globalThis, "window");
  if (!isPage(page)) return () => {};
  page.addEventListener("pagehide", leave);
  return () => page.removeEventListener("pagehide", leave);
}

/**
 * By sendBeacon to the page's own origin; a beacon carries no key and, elsewhere, would carry cookies: there a fetch
 * that is kept alive.
 */
export function sendLast(server: Server, waiting: readonly Entry[]): void {
  for (const to of new Set(waiting.map((entry) => entry.to))) {
    const bodies = waiting.filter((entry) => entry.to === to).map(({ body }) => JSON.stringify(body));
    const fitting: string[] = [];
    for (let bytes = 0; fitting.length < bodies.length; ) {
      bytes += 3 * bodies[fitting.length].length + 1;
      if (bytes > BYTES_MAX) break;
      fitting.push(bodies[fitting.length]);
    }
    if (fitting.length > 0) sendOnce(server, `${server.url}/v1/${to}`, `[${fitting.join(",")}]`);
  }
}

function sendOnce(server: Server, url: string, body: string): void {
  const navigator: unknown = Reflect.get(globalThis, "navigator");
  const type = "application/json";
  const own = originOf(url) === Reflect.get(globalThis, "origin") && Object.keys(server.headers).length === 0;
  if (own && canBeacon(navigator)) {
    navigator.sendBeacon(url, new Blob([body], { type }));
    return;
  }
  const headers = { ...server.headers, "content-type": type };
  server.fetch(url, { method: "POST", headers, body, keepalive: true }).catch(() => {});
}

function originOf(url: string): string | undefined {
  try {
    return new URL(url).origin;
  } catch {
    return undefined;
  }
}

function isPage(value: unknown): value is Page {
  return typeof value === "object" && value !== null && "addEventListener" in value && "removeEventListener" in value;
}

function canBeacon(value: unknown): value is { sendBeacon(url: string, body: Blob): boolean } {
  return typeof value === "object" && value !== null && "sendBeacon" in value;
}
