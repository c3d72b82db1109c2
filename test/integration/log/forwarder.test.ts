import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAppendStream } from "../../../src/adapters/fs/appendStream.ts";
import { openFsTransport } from "../../../src/adapters/fs/fsTransport.ts";
import { type Layout, layoutOf } from "../../../src/adapters/fs/layout.ts";
import { type Forwarder, startForwarder } from "../../../src/adapters/redis/forwarder.ts";
import { storedStream } from "../../../src/adapters/redis/forwarderStream.ts";
import { openRedisTransport } from "../../../src/adapters/redis/streams.ts";
import { RecordKind } from "../../../src/core/log/records.ts";
import type { AppendStream, Transport } from "../../../src/ports/log.ts";
import { folder, frame, outcome, textOf } from "../../unit/log/harness.ts";
import { hasRedis, RedisServer } from "./redisServer.ts";

const place = { policy: "home", stream: "aaaaaaaa-1764000000000" };
const key = "{default:home}:wal:aaaaaaaa-1764000000000";

describe.skipIf(!hasRedis)("the forwarder", () => {
  let server: RedisServer;
  let layout: Layout;
  let stream: AppendStream;
  let transport: Transport;
  let forwarder: Forwarder | undefined;

  beforeEach(async () => {
    server = new RedisServer();
    await server.start();
    layout = layoutOf(folder());
    stream = openAppendStream({ directory: layout.streamOf(place.policy, place.stream), segmentBytes: 20_000 });
    transport = openRedisTransport({ redis: server.connect(), workspace: "default" });
  });

  afterEach(async () => {
    await forwarder?.close();
    await stream.close();
    await server.close();
  });

  function start(streamBytesMax?: number): Forwarder {
    const redis = server.connect();
    forwarder = startForwarder({ layout, redis, pollMs: 2, reconnectMs: 20, streamBytesMax });
    return forwarder;
  }

  async function append(n: number): Promise<number> {
    const all = Array.from({ length: n }, (_, i) =>
      stream.append({ ...frame(`${stream.end}:${i}`), level: "process" }),
    );
    await Promise.all(all.map(({ durable }) => durable));
    return stream.end;
  }

  async function arrived(): Promise<string[]> {
    const found: string[] = [];
    for (let from = 0; ; ) {
      const { frames, next } = await transport.read({ ...place, from, bytesMax: 1 << 20 });
      if (frames.length === 0) return found;
      found.push(...frames.map(textOf));
      from = next;
    }
  }

  async function local(): Promise<string[]> {
    const source = openFsTransport({ layout });
    const found: string[] = [];
    for (let from = 0; ; ) {
      const { frames, next } = await source.read({ ...place, from, bytesMax: 1 << 20 });
      if (frames.length === 0) break;
      found.push(...frames.map(textOf));
      from = next;
    }
    await source.close();
    return found;
  }

  test("goes on where the last one stopped", async () => {
    const first = start();
    await first.acknowledged(place, await append(1000));
    await first.close();
    await append(1000);
    const second = start();
    await second.acknowledged(place, await append(1000));
    expect(await arrived()).toEqual(await local());
  });

  test("while Redis is away frames wait in the segments, and nothing is lost or doubled when it is back", async () => {
    const shipping = start();
    await shipping.acknowledged(place, await append(500));
    await server.kill();
    await append(2000);
    await server.start();
    await shipping.acknowledged(place, await append(500));
    expect(await arrived()).toEqual(await local());
  });

  test("Redis killed again and again in the middle of shipping: every frame once, in order", async () => {
    const shipping = start();
    let end = 0;
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 20; i++) end = await append(500);
      await server.kill();
      await server.start();
    }
    await shipping.acknowledged(place, end);
    expect(await arrived()).toEqual(await local());
  });

  test("a Redis that lost the end of a stream is filled up from the segments", async () => {
    const first = start();
    await first.acknowledged(place, await append(3000));
    await first.close();
    const redis = server.connect();
    const entries = await redis.xrange(key, "-", "+");
    await redis.del(key);
    await redis.xaddBuffer(key, entries[0][0], "f", (await kept(entries[0][0]))[0]);
    const second = start();
    await second.acknowledged(place, await append(1));
    expect(await arrived()).toEqual(await local());

    async function kept(id: string): Promise<Buffer[]> {
      const end = Number(id.split("-")[0]);
      const source = openFsTransport({ layout });
      const { frames } = await source.read({ ...place, from: 0, bytesMax: end });
      await source.close();
      const { payload, next } = frames[frames.length - 1];
      return [Buffer.from(payload.buffer, payload.byteOffset + payload.byteLength - next, next)];
    }
  });

  test("two forwarders at once ship every frame once", async () => {
    const redis = server.connect();
    const beside = startForwarder({ layout, redis, pollMs: 1, reconnectMs: 1 });
    const shipping = start();
    let end = 0;
    for (let i = 0; i < 40; i++) end = await append(100);
    await Promise.all([shipping.acknowledged(place, end), beside.acknowledged(place, end)]);
    expect(await arrived()).toEqual(await local());
    await beside.close();
  });

  test("over streamBytesMax it waits until the writer has trimmed", async () => {
    const shipping = start(100_000);
    for (let i = 0; i < 40; i++) await append(500);
    const all = outcome(shipping.acknowledged(place, stream.end));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = (await arrived()).length;
    expect(before).toBeLessThan(20_000);
    let from = 0;
    let count = 0;
    while (count < 20_000) {
      const { frames, next } = await transport.read({ ...place, from, bytesMax: 1 << 20 });
      count += frames.length;
      from = next;
      await transport.trim({ ...place, upTo: from });
    }
    expect(await all).toBe("kept");
  });

  test("local segments go once the writer has trimmed, and a stream that ended leaves nothing behind", async () => {
    const shipping = start();
    await append(3000);
    await stream.append({ ...frame(JSON.stringify({ at: 1 }), RecordKind.end), level: "disk" }).durable;
    await shipping.acknowledged(place, stream.end);
    await transport.trim({ ...place, upTo: stream.end });
    await shipping.close();
    const again = start();
    await until(async () => (await transport.streams(place.policy)).length === 0);
    const source = openFsTransport({ layout });
    expect(await source.streams(place.policy)).toEqual([]);
    await source.close();
    await again.close();
  });

  test("level store resolves when Redis has the frame", async () => {
    const shipping = start();
    const stored = storedStream(stream, shipping, place);
    await stored.append({ ...frame("kept by both"), level: "store" }).durable;
    expect(await arrived()).toEqual(["kept by both"]);
    await server.kill();
    const later = stored.append({ ...frame("waits"), level: "store" }).durable;
    expect(
      await Promise.race([outcome(later), new Promise((resolve) => setTimeout(() => resolve("waiting"), 200))]),
    ).toBe("waiting");
    await server.start();
    await later;
    expect(await arrived()).toEqual(["kept by both", "waits"]);
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
