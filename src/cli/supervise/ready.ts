/** Waits for the server of `brigand start` to be ready, and says where it is. */
import { request } from "node:http";

const POLL_MS = 100;
const PATIENCE_MS = 10_000;
const REQUEST_TIMEOUT_MS = 2000;

/**
 * Polls GET /health/ready; tells the address once it answers 200, and every ten seconds before that what is missing.
 * @returns `end`, which stops the polling
 */
export function watchReady(server: {
  readonly host: string;
  readonly port: number;
  readonly tell: (line: string) => void;
}): { end(): void } {
  const from = performance.now();
  const host = localHost(server.host);
  let told = from;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const look = async (): Promise<void> => {
    const answer = await ask({ host, port: server.port });
    if (ended) return;
    if (answer.ready) {
      const seconds = ((performance.now() - from) / 1000).toFixed(1);
      server.tell(
        `brigand: ready after ${seconds} s at http://${host.includes(":") ? `[${host}]` : host}:${server.port}`,
      );
      return;
    }
    if (performance.now() - told >= PATIENCE_MS) {
      told = performance.now();
      server.tell(`brigand: not ready yet: ${answer.reason}`);
    }
    timer = setTimeout(look, POLL_MS);
  };
  timer = setTimeout(look, POLL_MS);
  return {
    end() {
      ended = true;
      clearTimeout(timer);
    },
  };
}

/** A name under which this machine reaches itself. */
export function localHost(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "localhost" : host;
}

function ask(address: { readonly host: string; readonly port: number }): Promise<{ ready: boolean; reason: string }> {
  return new Promise((resolve) => {
    const asked = request(
      { ...address, path: "/health/ready", timeout: REQUEST_TIMEOUT_MS, agent: false },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          body += chunk;
        });
        response.on("end", () =>
          resolve({ ready: response.statusCode === 200, reason: `${response.statusCode} ${body}`.slice(0, 300) }),
        );
        response.on("error", (error) => resolve({ ready: false, reason: error.message }));
      },
    );
    asked.on("timeout", () => asked.destroy(new Error("no answer")));
    asked.on("error", (error) => resolve({ ready: false, reason: error.message }));
    asked.end();
  });
}
