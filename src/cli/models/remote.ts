/** Management of models by a running server: its answers as they are, its errors as ours. */
import { BrigandError, type ErrorCode, errorTable } from "../../core/errors.ts";

export interface Server {
  /** http://host:port */
  readonly url: string;
  /** Sent as `Authorization: Bearer`, where the server asks for one. */
  readonly apiKey?: string;
}

export type Json = { readonly [name: string]: unknown };

/** @throws CB_SERVER_UNREACHABLE, and the code that the server answered. */
export async function callServer(
  { url, apiKey }: Server,
  path: string,
  request: { readonly method?: string; readonly type?: string; readonly body?: Uint8Array } = {},
): Promise<Json> {
  const { method = "GET", type, body } = request;
  const headers: { [name: string]: string } = {};
  if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;
  if (type !== undefined) headers["content-type"] = type;
  const target = new URL(path, url);
  const response = await fetch(target, { method, headers, body: body && Buffer.from(body) }).catch((error) => {
    throw new BrigandError("CB_SERVER_UNREACHABLE", { url, problem: reasonOf(error) });
  });
  const answer = (await response.json()) as Json;
  if (response.ok) return answer;
  const { code, message, hint } = answer;
  const known = typeof code === "string" && code in errorTable ? (code as ErrorCode) : "CB_SERVER_UNREACHABLE";
  throw new BrigandError(known, String(message), String(hint));
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
