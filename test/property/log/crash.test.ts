/**
 * Any appends, any kill (the file ends at any byte that was not acknowledged), any number of restarts: what is read is a
 * prefix of what was appended, and nothing acknowledged is missing.
 */

import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openAppendStream } from "../../../src/adapters/fs/appendStream.ts";
import { openJoined } from "../../../src/adapters/fs/joinedLog.ts";
import { JoinedReader } from "../../../src/adapters/fs/joinedLogReader.ts";
import { OperationKind } from "../../../src/core/join/operations.ts";
import { frame, outcome, readAll, SmallDisk, textOf } from "../../unit/log/harness.ts";

async function inFolder(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "brigand-crash-"));
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Cuts the last `share` of the bytes that stand in the last segment behind position `kept`. */
function cut(directory: string, kept: number, share: number): void {
  const last = readdirSync(directory).toSorted().at(-1);
  if (last === undefined) return;
  const path = join(directory, last);
  const base = Number(last.slice(0, 16));
  const size = statSync(path).size;
  const safe = Math.max(0, Math.min(size, kept - base));
  truncateSync(path, safe + Math.floor((size - safe) * share));
}

test("a killed stream reads as a prefix with everything that was acknowledged", async () => {
  const turn = fc.record({ frames: fc.array(fc.nat(200), { maxLength: 6 }), waits: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 12 }), fc.double({ min: 0, max: 1, noNaN: true }), (turns, share) =>
      inFolder(async (directory) => {
        const stream = openAppendStream({ directory, segmentBytes: 500 });
        const appended: string[] = [];
        let acknowledged = 0;
        let kept = 0;
        for (const { frames, waits } of turns) {
          const group = frames.map((length) => {
            appended.push(`${appended.length}:${"x".repeat(length)}`);
            return stream.append({ ...frame(appended[appended.length - 1]), level: "disk" }).durable;
          });
          if (!waits) continue;
          await Promise.all(group);
          if (group.length === 0) continue;
          acknowledged = appended.length;
          kept = stream.end;
        }
        await stream.close();
        cut(directory, kept, share);
        const found = (await readAll(directory)).map(textOf);
        expect(found).toEqual(appended.slice(0, found.length));
        expect(found.length).toBeGreaterThanOrEqual(acknowledged);
      }),
    ),
    { numRuns: 60 },
  );
});

test("on a disk that fills up and empties again exactly the refused frames are missing", async () => {
  const turn = fc.record({
    frames: fc.array(fc.nat(60), { minLength: 1, maxLength: 5 }),
    room: fc.option(fc.nat(300)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 15 }), (turns) =>
      inFolder(async (directory) => {
        const disk = new SmallDisk();
        const stream = openAppendStream({ directory, segmentBytes: 400, disk });
        const expected: string[] = [];
        let count = 0;
        for (const { frames, room } of turns) {
          disk.room = room ?? Number.POSITIVE_INFINITY;
          const group = frames.map((length) => {
            const text = `${count++}:${"x".repeat(length)}`;
            return { text, durable: outcome(stream.append({ ...frame(text), level: "process" }).durable) };
          });
          for (const { text, durable } of group) if ((await durable) === "kept") expected.push(text);
        }
        disk.room = Number.POSITIVE_INFINITY;
        await stream.close();
        expect((await readAll(directory, 0, 100)).map(textOf)).toEqual(expected);
      }),
    ),
    { numRuns: 100 },
  );
});

test("a joined log that is killed and taken over any number of times reads as its committed rounds, for every reader", async () => {
  const life = fc.record({
    rounds: fc.array(fc.array(fc.nat(100), { minLength: 1, maxLength: 4 }), { maxLength: 5 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    reads: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 5 }), (lives) =>
      inFolder(async (directory) => {
        const committed: string[] = [];
        const seen: string[] = [];
        const reader = new JoinedReader({ directory, from: 0 });
        for (const [index, { rounds, share, reads }] of lives.entries()) {
          const log = await openJoined({ directory, fence: index + 1, segmentBytes: 300, level: "process" });
          for (const lengths of rounds) {
            const texts = lengths.map((length) => `${index}.${committed.length}:${"x".repeat(length)}`);
            for (const text of texts) log.append(frame(text));
            await log.commit(new Uint8Array(0), 1);
            committed.push(...texts);
          }
          if (reads) seen.push(...(await textsOf(reader)));
          const kept = log.committed;
          for (const text of ["uncommitted", "also"]) log.append(frame(text));
          await log.commit(new Uint8Array(0), 1);
          await log.close();
          cutUncommitted(directory, { kept, end: log.committed, share });
        }
        seen.push(...(await textsOf(reader)));
        reader.close();
        const fresh = new JoinedReader({ directory, from: 0 });
        expect(await textsOf(fresh)).toEqual(committed);
        expect(seen).toEqual(committed);
        fresh.close();
      }),
    ),
    { numRuns: 60 },
  );
});

/** Cuts inside the round that stands between `kept` and `end`: its commit frame at least goes. */
function cutUncommitted(directory: string, place: { kept: number; end: number; share: number }): void {
  for (const name of readdirSync(directory).filter((each) => Number(each.slice(0, 16)) <= place.kept)) {
    const path = join(directory, name);
    const base = Number(name.slice(0, 16));
    if (base + statSync(path).size !== place.end) continue;
    truncateSync(path, place.kept - base + Math.floor((place.end - place.kept - 1) * place.share));
  }
}

async function textsOf(reader: JoinedReader): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const { frames } = await reader.read(150);
    if (frames.length === 0) return found;
    for (const each of frames) if (each.kind !== OperationKind.commit) found.push(textOf(each));
  }
}
