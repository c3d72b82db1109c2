/** JSON to the server, within a time. */

export interface Server {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly fetch: typeof fetch;
}

export interface Answer {
  readonly status: number;
  /** Undefined where it was no JSON. */
  readonly body: unknown;
}

/** Rejects when there is no whole answer; `signal` says until when to wait. */
export async function post(server: Server, path: string, sent: { body: string; signal: AbortSignal }): Promise<Answer> {
  const { body, signal } = sent;
  const headers = { ...server.headers, "content-type": "application/json" };
  const response = await server.fetch(server.url + path, { method: "POST", headers, body, signal });
  const text = await response.text();
  return { status: response.status, body: jsonOf(text) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether sending the same again may help: the server is busy, closing or failed. */
export function isPassing(status: number): boolean {
  return status === 429 || status >= 500;
}

/** The code of an error's body. */
export function codeOf({ status, body }: Answer): string {
  const code = fieldOf(body, "code");
  return typeof code === "string" ? code : `HTTP_${status}`;
}

export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
