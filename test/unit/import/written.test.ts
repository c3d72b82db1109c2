import { expect, test } from "vitest";
import type { FsAppendStream } from "../../../src/adapters/fs/appendStream.ts";
import { BrigandError } from "../../../src/core/errors.ts";
import { frameBytes } from "../../../src/core/log/frame.ts";
import { RecordKind } from "../../../src/core/log/records.ts";
import type { Handed } from "../../../workers/import/handed.ts";
import { Written } from "../../../workers/import/written.ts";

const full = new BrigandError("CB_LOG_WRITE_FAILED", { problem: "no room" });

/** A log that refuses the frames of these numbers and takes the others. */
function logRefusing(refused: readonly number[]): FsAppendStream {
  let end = 0;
  let n = 0;
  return {
    get end() {
      return end;
    },
    ...{ pendingBytes: 0, written: 0, close: async () => {} },
    append: ({ payload }) => {
      const position = end;
      end += frameBytes(payload);
      return { position, durable: refused.includes(n++) ? Promise.reject(full) : Promise.resolve() };
    },
  };
}

async function afterWriting(refused: readonly number[]) {
  const handed: Handed[] = [];
  const written = new Written({ log: logRefusing(refused), place: 0, handOver: (one) => handed.push(one) > 0 });
  for (let n = 0; n < 6; n++) {
    const click = { id: `i${n}`, ranking: "r", type: "click", item: `item-${n}`, at: n };
    written.append({ kind: RecordKind.interaction, ...click }, n).catch(() => {});
    if (n % 2 === 1) written.hand();
  }
  await new Promise(setImmediate);
  return { written, handed };
}

test("an event in the middle that the log refused is told, though the log took what came after it", async () => {
  const { written, handed } = await afterWriting([2]);
  expect(() => written.check()).toThrow(full);
  expect(handed.map(({ from }) => from)).toEqual([0]);
});

test("what the log took is handed over, and nothing is told", async () => {
  const { written, handed } = await afterWriting([]);
  expect(() => written.check()).not.toThrow();
  expect(handed).toHaveLength(3);
  expect(handed.at(-1)?.next).toBe(written.end);
});
