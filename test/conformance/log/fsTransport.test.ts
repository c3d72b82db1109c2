import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openFsTransport } from "../../../src/adapters/fs/fsTransport.ts";
import { type Layout, layoutOf } from "../../../src/adapters/fs/layout.ts";
import { folder } from "../../unit/log/harness.ts";
import { appender } from "./appender.ts";
import { transportConformance } from "./transport.ts";

transportConformance("the segments on one machine", async () => {
  const layout = layoutOf(folder());
  const transport = openFsTransport({ layout });
  const other = openFsTransport({ layout });
  const { append, close } = appender(layout);
  return {
    transport,
    other,
    append,
    abandonLeases: async () => forgetProcess(layout),
    close: async () => {
      await close();
      await transport.close();
      await other.close();
    },
  };
});

/** Makes the lease one of a process that has gone. */
function forgetProcess(layout: Layout): void {
  const directory = layout.leaseOf("home");
  for (const name of readdirSync(directory)) {
    const holder = JSON.parse(readFileSync(join(directory, name), "utf8")) as object;
    writeFileSync(join(directory, name), JSON.stringify({ ...holder, start: "1" }));
  }
}
