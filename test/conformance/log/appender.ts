/** Local streams for transports' tests: small segments, made on first use. */
import { type FsAppendStream, openAppendStream } from "../../../src/adapters/fs/appendStream.ts";
import type { Layout } from "../../../src/adapters/fs/layout.ts";
import { frame } from "../../unit/log/harness.ts";
import type { StreamPlace, TransportRig } from "./transport.ts";

export function appender(layout: Layout): { append: TransportRig["append"]; close: () => Promise<void> } {
  const streams = new Map<string, FsAppendStream>();
  return {
    append: async (place: StreamPlace, texts: readonly string[]) => {
      const directory = layout.streamOf(place.policy, place.stream);
      const stream = streams.get(directory) ?? openAppendStream({ directory, segmentBytes: 4000 });
      streams.set(directory, stream);
      const appended = texts.map((text) => stream.append({ ...frame(text), level: "process" }));
      await Promise.all(appended.map(({ durable }) => durable));
      return { positions: appended.map(({ position }) => position), end: stream.end };
    },
    close: async () => {
      for (const stream of streams.values()) await stream.close();
    },
  };
}
