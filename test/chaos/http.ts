/** Requests of the load: kept connections, an answer or an error in bounded time. */
import { Agent, request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Client {
  /** Rejects when the connection breaks or nothing came in time. */
  send(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<Answer>;
  close(): void;
}

const TIMEOUT_MS = 8_000;

export function openClient(url: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const { hostname, port } = new URL(url);
  return {
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const headers =
          text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
        const asked = request({ hostname, port, path, method, headers, agent, timeout: TIMEOUT_MS }, (response) => {
          let answer = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => {
            answer += chunk;
          });
          response.on("end", () =>
            response.complete
              ? resolve({ status: response.statusCode ?? 0, body: answer })
              : reject(new Error("cut off")),
          );
          response.on("error", reject);
        });
        asked.on("timeout", () => asked.destroy(new Error("no answer in time")));
        asked.on("error", reject);
        asked.end(text);
      }),
    close: () => agent.destroy(),
  };
}
