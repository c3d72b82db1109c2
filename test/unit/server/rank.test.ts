import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { items, listen, memoryPorts, type TestServer } from "./fakes.ts";

describe("ranking over HTTP", () => {
  const { ports } = memoryPorts();
  let server: TestServer;
  beforeAll(async () => {
    server = await listen(ports);
  });
  afterAll(() => server.close());

  it("answers a list with the propensity of every slot", async () => {
    const { status, body } = await server.post("/v1/rank", { policy: "home", items: items(20), slots: 5 });
    console.log(body);
    expect(status).toBe(200);
    expect(body).toMatchObject({ policy: "home", variant: "default", modelVersion: 3, served: "model", reason: null });
    expect(body.items).toHaveLength(5);
  });
});
