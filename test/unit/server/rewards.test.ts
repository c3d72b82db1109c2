import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RecordKind } from "../../../src/core/log/records.ts";
import { items, listen, memoryPorts, type TestServer } from "./fakes.ts";

describe("rewards", () => {
  const { ports, wal } = memoryPorts();
  let server: TestServer;
  let decisionId = "";
  let shown: string[] = [];
  beforeAll(async () => {
    server = await listen(ports);
    const { body } = await server.post("/v1/rank", { policy: "home", items: items(9), slots: 3 });
    decisionId = body.decisionId;
    shown = body.items.map(({ id }: { id: string }) => id);
  });
  afterAll(() => server.close());
  const rewards = () => wal.records("home").filter(({ kind }) => kind === RecordKind.reward);

  it("are accepted for shown items, one or many", async () => {
    const one = await server.post("/v1/rewards", {
      decisionId,
      item: shown[1],
      value: 1,
      type: "click",
      rewardId: "r1",
    });
    expect({ status: one.status, body: one.body }).toEqual({ status: 202, body: { accepted: 1, rejected: [] } });
    const two = await server.post("/v1/rewards", [
      { decisionId, value: 0.5 },
      { decisionId, value: -1, viewedThrough: 2 },
    ]);
    expect(two.body).toEqual({ accepted: 2, rejected: [] });
    expect(rewards()).toMatchObject([
      { decision: decisionId, item: shown[1], value: 1, type: "click", rewardId: "r1" },
      { value: 0.5 },
      { value: -1, viewedThrough: 2 },
    ]);
  });

  it("for an item that was not shown are refused", async () => {
    const hidden = items(9).find(({ id }) => !shown.includes(id));
    const { status, body } = await server.post("/v1/rewards", { decisionId, item: hidden?.id, value: 1 });
    expect({ status, code: body.code }).toEqual({ status: 400, code: "CB_REWARD_ITEM_NOT_SHOWN" });
  });

  it("that are good are accepted beside bad ones, which learn their place and why", async () => {
    const { status, body } = await server.post("/v1/rewards", [
      { decisionId, value: "x" },
      { decisionId, value: 1 },
      { decisionId, value: 1, item: "not-there" },
    ]);
    expect(status).toBe(202);
    expect(body.accepted).toBe(1);
    expect(body.rejected.map(({ index, code }: { index: number; code: string }) => [index, code])).toEqual([
      [0, "CB_BODY_INVALID"],
      [2, "CB_REWARD_ITEM_NOT_SHOWN"],
    ]);
  });

  it("that are all bad are refused with the list", async () => {
    const { status, body } = await server.post("/v1/rewards", [{ decisionId }, { value: 1 }]);
    expect({ status, code: body.code, n: body.rejected.length }).toEqual({
      status: 400,
      code: "CB_BATCH_REJECTED",
      n: 2,
    });
  });

  it("may overtake their decision: the only policy there is, or the one that is named, takes them", async () => {
    expect((await server.post("/v1/rewards", { decisionId: "not-yet", value: 1 })).status).toBe(202);
    await server.post("/v1/rank", { policy: "second", items: items(2) });
    const unclear = await server.post("/v1/rewards", { decisionId: "not-yet", value: 1 });
    expect({ status: unclear.status, code: unclear.body.code }).toEqual({ status: 400, code: "CB_POLICY_REQUIRED" });
    expect(unclear.body.hint).toContain("home, second");
    expect((await server.post("/v1/rewards", { decisionId: "not-yet", value: 1, policy: "second" })).status).toBe(202);
    expect((await server.post("/v1/rewards?policy=home", { decisionId: "not-yet", value: 1 })).status).toBe(202);
    expect((await server.post("/v1/rewards", { decisionId, value: 1 })).status).toBe(202);
  });

  it("go to the stream of their decision's policy whatever the address says", async () => {
    const before = rewards().length;
    await server.post("/v1/rewards?policy=second", { decisionId, value: 1 });
    expect(rewards().length).toBe(before + 1);
  });
});
