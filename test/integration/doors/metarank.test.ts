/** Metarank's own events, RankLens, through its two calls against a real server. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { startBrigand } from "../../support/processes.ts";
import { describeWithShared, sharedData } from "../../support/shared.ts";

interface Answer {
  readonly items?: readonly { readonly item: string }[];
}

interface Told {
  readonly event: string;
  readonly id: string;
  readonly ranking?: string;
  readonly items?: readonly { readonly id: string }[];
}

const EVENTS = "ranklens/events.jsonl.gz";

describeWithShared("Metarank's door", [EVENTS], () => {
  it("ranks what Metarank's data asks, and takes all of its feedback as it is", async () => {
    const { url } = await startBrigand("serve");
    const send = async (path: string, body: string): Promise<Answer> => {
      // What curl sends after -d: nobody reads the type.
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const response = await fetch(url + path, { method: "POST", headers, body });
      expect(response.status, path).toBe(200);
      return JSON.parse(await response.text());
    };
    const lines = gunzipSync(readFileSync(sharedData(EVENTS)))
      .toString("utf8")
      .trim()
      .split("\n");
    const events = lines.map((line): Told => JSON.parse(line));
    const catalogue = lines.filter((_, i) => events[i].event === "item");
    expect(await send("/feedback", catalogue.join("\n"))).toMatchObject({ status: "ok", accepted: catalogue.length });

    const rankings = events.filter(({ event }) => event === "ranking").slice(0, 20);
    for (const ranking of rankings) {
      const answer = await send("/rank/xgboost", JSON.stringify(ranking));
      const ids = (ranking.items ?? []).map(({ id }) => id);
      expect(answer.items?.map(({ item }) => item).toSorted()).toEqual(ids.toSorted());
    }
    const ids = new Set(rankings.map(({ id }) => id));
    const clicks = lines.filter((_, i) => ids.has(events[i].ranking ?? ""));
    expect(clicks.length).toBeGreaterThan(20);
    const feedback = [...rankings.map((ranking) => JSON.stringify(ranking)), ...clicks];
    expect(await send("/feedback", feedback.join("\n"))).toMatchObject({ status: "ok", accepted: feedback.length });
    const told = await (await fetch(`${url}/v1/decisions/${rankings[0].id}?rewards=true`)).json();
    expect(told).toMatchObject({ policy: "xgboost", replay: { same: true } });
  });
});
