/** TCP addresses of this machine. */
import { createServer } from "node:net";

/** Listens for a moment. The port it got (asked for 0: a free one); rejects with the system's code when it is taken. */
export function tryPort(address: { readonly host: string; readonly port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(address, () => {
      const bound = server.address();
      const port = bound !== null && typeof bound === "object" ? bound.port : address.port;
      server.close(() => resolve(port));
    });
  });
}
