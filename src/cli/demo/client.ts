/** JSON over one kept connection to the server, as an application would send it. */
import { Agent, request } from "node:http";

const TIMEOUT_MS = 5000;

export interface Client {
  /** The answer's body. Rejects when the server cannot be reached, or answers anything but 2xx. */
  send(method: "PUT" | "POST", path: string, body: unknown): Promise<unknown>;
  close(): void;
}

export function openClient(address: { readonly host: string; readonly port: number }): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const send: Client["send"] = (method, path, body) =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
      const asked = request({ ...address, agent, method, path, headers, timeout: TIMEOUT_MS }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode: status = 0 } = response;
          const answer = Buffer.concat(parts).toString("utf8");
          if (status >= 200 && status < 300) resolve(answer === "" ? undefined : JSON.parse(answer));
          else reject(new Error(`${method} ${path} was answered ${status}: ${answer.slice(0, 200)}`));
        });
      });
      asked.on("timeout", () => asked.destroy(new Error("no answer")));
      asked.on("error", reject);
      asked.end(text);
    });
  return { send, close: () => agent.destroy() };
}
