/** What every transport promises. An adapter's test calls this with a way to set it up; nothing here knows which one. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Position } from "../../../src/core/domain.ts";
import type { Frame } from "../../../src/core/log/frame.ts";
import { CATALOGUE, type Transport } from "../../../src/ports/log.ts";
import { textOf } from "../../unit/log/harness.ts";

export interface TransportRig {
  readonly transport: Transport;
  /** The transport as another process would open it. */
  readonly other: Transport;
  /** Appends to a stream, made on first use with small segments; resolves when a reader can see the frames. */
  append(
    place: StreamPlace,
    texts: readonly string[],
  ): Promise<{ readonly positions: readonly Position[]; readonly end: Position }>;
  /** Ends leases without releasing them, as a dead machine would; resolves when another may have them. */
  abandonLeases(): Promise<void>;
  close(): Promise<void>;
}

export interface StreamPlace {
  readonly policy: string;
  readonly stream: string;
}

const home = { policy: "home", stream: "aaaaaaaa-1764000000000" };
const BYTES = 1 << 16;

export function transportConformance(name: string, open: () => Promise<TransportRig>): void {
  describe(`${name} as a transport`, () => {
    let rig: TransportRig;
    beforeEach(async () => {
      rig = await open();
    });
    afterEach(() => rig.close());

    async function readFrom(from: Position, place = home, bytesMax = BYTES): Promise<Frame[]> {
      const found: Frame[] = [];
      for (let at = from; ; ) {
        const { frames, next } = await rig.transport.read({ ...place, from: at, bytesMax });
        if (frames.length === 0) return found;
        found.push(...frames);
        at = next;
      }
    }

    test("frames arrive in order, with the positions and payloads they were appended with", async () => {
      const { positions } = await rig.append(home, lines(300));
      const frames = await readFrom(0);
      expect(frames.map(textOf)).toEqual(lines(300));
      expect(frames.map(({ position }) => position)).toEqual(positions);
      expect(frames[7]).toMatchObject({ kind: 2, time: 1, next: positions[8] });
    });

    test("a reader goes on at any frame's position", async () => {
      const { positions, end } = await rig.append(home, lines(100));
      for (const index of [0, 1, 50, 99]) {
        expect((await readFrom(positions[index])).map(textOf)).toEqual(lines(100).slice(index));
      }
      expect(await readFrom(end)).toEqual([]);
      await rig.append(home, ["later"]);
      expect((await readFrom(end)).map(textOf)).toEqual(["later"]);
    });

    test("reading what is not there gives nothing and stays where it is", async () => {
      expect(await rig.transport.read({ ...home, from: 0, bytesMax: BYTES })).toEqual({ frames: [], next: 0 });
      const { end } = await rig.append(home, ["one"]);
      expect(await rig.transport.read({ ...home, from: end, bytesMax: BYTES })).toEqual({ frames: [], next: end });
    });

    test("a read stops near its bytes, and a frame longer than them comes whole", async () => {
      await rig.append(home, ["x".repeat(2_000_000), ...lines(20_000)]);
      const first = await rig.transport.read({ ...home, from: 0, bytesMax: 1000 });
      expect(first.frames[0].payload.byteLength).toBe(2_000_000);
      const second = await rig.transport.read({ ...home, from: first.frames[0].next, bytesMax: 100_000 });
      expect(second.frames.length).toBeGreaterThan(500);
      expect(second.frames.length).toBeLessThan(8000);
      expect((await readFrom(first.frames[0].next)).map(textOf)).toEqual(lines(20_000));
    });

    test("policies and streams are told once they hold frames, the catalogue among them", async () => {
      expect(await rig.transport.policies()).toEqual([]);
      expect(await rig.transport.streams("home")).toEqual([]);
      const places = [
        home,
        { policy: "home", stream: "bbbbbbbb-1764000000000" },
        { policy: CATALOGUE, stream: "aaaaaaaa-1764000000000" },
        { policy: "cart", stream: "import-1" },
      ];
      for (const [index, place] of places.entries()) await rig.append(place, [`in ${index}`]);
      expect(await rig.transport.policies()).toEqual([CATALOGUE, "cart", "home"]);
      expect(await rig.transport.streams("home")).toEqual([home.stream, "bbbbbbbb-1764000000000"]);
      for (const [index, place] of places.entries())
        expect((await readFrom(0, place)).map(textOf)).toEqual([`in ${index}`]);
    });

    test("reading while frames are appended loses none, repeats none and tears none", async () => {
      const appended = lines(2000);
      const writing = (async () => {
        for (let i = 0; i < 2000; i += 40) await rig.append(home, appended.slice(i, i + 40));
      })();
      const found: string[] = [];
      for (let at = 0; found.length < 2000; ) {
        const { frames, next } = await rig.transport.read({ ...home, from: at, bytesMax: 1500 });
        found.push(...frames.map(textOf));
        at = next;
        if (frames.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await writing;
      expect(found).toEqual(appended);
    });

    test("trimming removes nothing from the position on, and may be repeated", async () => {
      const { positions, end } = await rig.append(home, lines(500));
      for (const index of [0, 123, 124, 400, 400, 300]) {
        await rig.transport.trim({ ...home, upTo: positions[index] });
        expect((await readFrom(positions[Math.max(index, 400)])).map(textOf)).toEqual(
          lines(500).slice(Math.max(index, 400)),
        );
      }
      await rig.transport.trim({ ...home, upTo: end });
      await rig.append(home, ["after"]);
      expect((await readFrom(end)).map(textOf)).toEqual(["after"]);
    });

    test("a position that was trimmed away is told, not skipped", async () => {
      let end = 0;
      for (let i = 0; i < 20; i++) ({ end } = await rig.append(home, lines(400)));
      await rig.transport.trim({ ...home, upTo: end - 4000 });
      await expect(readFrom(0)).rejects.toMatchObject({ code: "CB_LOG_TRIMMED" });
    });

    test("one process holds a policy's lease, another policy's is free, and fences grow", async () => {
      const first = await rig.transport.acquire("home");
      expect(first?.valid).toBe(true);
      expect(await rig.other.acquire("home")).toBeUndefined();
      expect((await rig.other.acquire("cart"))?.valid).toBe(true);
      await first?.release();
      expect(first?.valid).toBe(false);
      const second = await rig.other.acquire("home");
      expect(second?.fence).toBeGreaterThan(first?.fence ?? 0);
      expect(await rig.transport.acquire("home")).toBeUndefined();
      await second?.release();
    });

    test("a dead holder is followed, and its lease is not valid again", async () => {
      const first = await rig.transport.acquire("home");
      await rig.abandonLeases();
      const second = await rig.other.acquire("home");
      expect(second?.fence).toBeGreaterThan(first?.fence ?? 0);
      expect(first?.valid).toBe(false);
      await first?.release();
      expect(second?.valid).toBe(true);
      await second?.release();
    });
  });
}

function lines(n: number): string[] {
  return Array.from({ length: n }, (_, i) => `line ${i}`);
}
