/** JSON over one kept connection to the server, as an application would send it. */
import { Agent, type OutgoingHttpHeaders, type RequestOptions, request } from "node:http";

const TIMEOUT_MS = 5000;
const NO_KEY = 401;

export interface Client {
  /** The answer's body. Rejects when the server cannot be reached, or answers anything but 2xx. */
  send(method: "PUT" | "POST", path: string, body: unknown): Promise<unknown>;
  close(): void;
}

/** @param server.newKey makes an API key; called after the server has asked for one. */
export function openClient(server: {
  readonly host: string;
  readonly port: number;
  readonly newKey?: () => Promise<string>;
}): Client {
  const { host, port, newKey } = server;
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  let key: string | undefined;
  const send: Client["send"] = async (method, path, body) => {
    const text = JSON.stringify(body);
    const known: OutgoingHttpHeaders = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const headers = { ...known, "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const { status, answer } = await exchange({ host, port, agent, method, path, headers, timeout: TIMEOUT_MS }, text);
    if (status >= 200 && status < 300) return answer === "" ? undefined : JSON.parse(answer);
    if (status === NO_KEY) key = await newKey?.();
    throw new Error(`${method} ${path} was answered ${status}: ${answer.slice(0, 200)}`);
  };
  return { send, close: () => agent.destroy() };
}

function exchange(
  options: RequestOptions,
  text: string,
): Promise<{ readonly status: number; readonly answer: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, answer: Buffer.concat(parts).toString("utf8") });
      });
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer")));
    asked.on("error", reject);
    asked.end(text);
  });
}
