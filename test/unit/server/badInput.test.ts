/** Every file of test/fixtures/bad-input is one request that must be refused with its code; the next good one works. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { items, listen, memoryPorts, type TestServer } from "./fakes.ts";

const FOLDER = join(import.meta.dirname, "../../fixtures/bad-input");

/** `body` in pieces; [text, n] is the text n times. */
interface Case {
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  readonly body?: string | readonly (string | readonly [string, number])[];
  readonly hex?: string;
  readonly status: number;
  readonly code: string;
}

const cases = readdirSync(FOLDER).map((file) => {
  const read: Case = JSON.parse(readFileSync(join(FOLDER, file), "utf8"));
  return { name: file.replace(".json", "").replaceAll("-", " "), ...read };
});

function bodyOf({ body, hex }: Case): string | Uint8Array<ArrayBuffer> | undefined {
  if (hex !== undefined) return Uint8Array.from(Buffer.from(hex, "hex"));
  if (body === undefined || typeof body === "string") return body;
  return body.map((piece) => (typeof piece === "string" ? piece : piece[0].repeat(piece[1]))).join("");
}

describe("a bad request", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await listen(memoryPorts().ports);
    await server.post("/v1/rank", { policy: "home", items: items(3) });
  });
  afterAll(() => server.close());

  it("is known in more than forty kinds", () => {
    expect(cases.length).toBeGreaterThan(40);
  });

  it.each(cases)("is refused and the next good one works: $name", async (one) => {
    const { status, headers, body } = await server.send(one.method, one.path, bodyOf(one), one.type);
    expect({ status, code: body?.code }).toEqual({ status: one.status, code: one.code });
    expect(headers.get("content-type")).toContain("application/json");
    expect(Object.keys(body).filter((key) => key !== "rejected")).toEqual(["code", "message", "hint", "requestId"]);
    expect(body.message).not.toMatch(/\{\w+\}|\n\s+at /);
    expect(body.message.length).toBeLessThan(400);
    // What this is about is that it works, not that a machine full of other work answers within the usual 50 ms.
    const next = await server.post("/v1/rank", { policy: "home", items: items(3), timeoutMs: 10_000 });
    expect(next.status).toBe(200);
    expect(next.body.served).toBe("model");
  });
});
