/** An append stream whose level `store` means what it says: on this disk, and acknowledged by Redis. */
import type { AppendStream } from "../../ports/log.ts";
import type { Forwarder, Place } from "./forwarder.ts";

export function storedStream(stream: AppendStream, forwarder: Forwarder, place: Place): AppendStream {
  return {
    get end() {
      return stream.end;
    },
    append: (frame) => {
      const { position, durable } = stream.append(frame);
      if (frame.level !== "store") return { position, durable };
      const end = stream.end;
      const stored = durable.then(() => forwarder.acknowledged(place, end));
      stored.catch(() => {});
      return { position, durable: stored };
    },
    close: () => stream.close(),
  };
}
