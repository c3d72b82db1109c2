/** Logs that lie, break or flood: what is refused is counted and named by line, and the model is that of the others. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { layoutOf } from "../../../src/adapters/fs/layout.ts";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import { loadConfig } from "../../../src/config.ts";
import type { LoggedDecision } from "../../../src/core/formats/decision.ts";
import { dsjson } from "../../../src/core/formats/dsjson.ts";
import type { FileFormat } from "../../../src/core/formats/format.ts";
import { jsonl } from "../../../src/core/formats/jsonl.ts";
import { metarank } from "../../../src/core/formats/metarank.ts";
import { obp } from "../../../src/core/formats/obp.ts";
import { vw } from "../../../src/core/formats/vw.ts";
import { serve } from "../../../src/server/main.ts";
import { trainFile } from "../../../workers/retrain/trainFile.ts";
import { written } from "../../conformance/formats/format.ts";
import { agreeingDecisions } from "../../support/agreeing.ts";
import { runBrigand } from "../../support/processes.ts";
import { TestServer } from "../../unit/server/fakes.ts";

const N = 1_200;
/** Every so many good lines a bad one. */
const EVERY = 50;

/** Lines, but for Vowpal Wabbit's text, whose examples have several and end by a blank one. */
const entriesOf = (format: FileFormat, text: string) =>
  format === vw ? text.split("\n\n").map((entry) => `${entry}\n`) : text.split("\n");

const line = (fields: string, features = "1") =>
  `{"_label_cost":0,"_labelIndex":0,"_label_Action":1,"a":[1],"p":[1],${fields},"c":{"x":${features},"_multi":[{"n":1}]}}`;
const likely = '"_label_probability":0.5';
const own = (slot: string, features = "1") =>
  `{"brigand":1,"context":{"x":${features}},"items":[{"id":"a"}],"slots":[{"itemIndex":0,"reward":1,${slot}}]}`;
const deep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;

/** A whole example of Vowpal Wabbit's text: a bad line spoils it, whatever its other lines are. */
const example = (label: string, features = "x:1") => `shared |c ${features}\n${label} |i a=1\n|i b=1`;
/** After the columns that the good rows have: row, time, item, position, click, propensity, decision, context. */
const row = (item: string, click: string, propensity: string) => `9,,${item},1,${click},${propensity},bad,x`;
const event = (rest: string) => `{"event":"ranking","id":"bad","timestamp":"1767225600000",${rest}}`;
const listed = '"items":[{"id":"a"},{"id":"b"}]';

const HOSTILE: { readonly [format: string]: readonly (readonly [string, string])[] } = {
  dsjson: [
    [line('"_label_probability":0'), "CB_FORMAT_PROPENSITY_INVALID"],
    [line('"_label_probability":-0.5'), "CB_FORMAT_PROPENSITY_INVALID"],
    [line('"_label_probability":1.5'), "CB_FORMAT_PROPENSITY_INVALID"],
    [line('"_label_probability":"NaN"'), "CB_FORMAT_PROPENSITY_INVALID"],
    [line('"_label_probability":1e999'), "CB_FORMAT_PROPENSITY_INVALID"],
    [line(likely, "NaN"), "CB_BODY_NOT_JSON"],
    [line(likely, "-Infinity"), "CB_BODY_NOT_JSON"],
    [line(likely, "1e999"), "CB_BODY_INVALID"],
    [line(likely, deep), "CB_BODY_TOO_DEEP"],
    [line(likely, '{"__proto__":{"rate":1}}'), "CB_BODY_KEY_FORBIDDEN"],
    [line(likely).replace('"_label_cost":0', '"_label_cost":-1e300'), "CB_FORMAT_LINE_INVALID"],
    [line(likely).replace('"_labelIndex":0', '"_labelIndex":7'), "CB_FORMAT_LINE_INVALID"],
    [line(likely).slice(0, 60), "CB_BODY_NOT_JSON"],
  ],
  jsonl: [
    [own('"propensity":0'), "CB_FORMAT_PROPENSITY_INVALID"],
    [own('"propensity":-1'), "CB_FORMAT_PROPENSITY_INVALID"],
    [own('"propensity":1.01'), "CB_FORMAT_PROPENSITY_INVALID"],
    [own('"propensity":"NaN"'), "CB_FORMAT_PROPENSITY_INVALID"],
    [own('"propensity":NaN'), "CB_BODY_NOT_JSON"],
    [own('"reward":1e999'), "CB_FORMAT_LINE_INVALID"],
    [own('"reward":1e300'), "CB_FORMAT_LINE_INVALID"],
    [own('"propensity":1', "1e999"), "CB_BODY_INVALID"],
    [own('"propensity":1', deep), "CB_BODY_TOO_DEEP"],
    [own('"propensity":1', '{"constructor":{"prototype":{"x":1}}}'), "CB_BODY_KEY_FORBIDDEN"],
    ["nonsense", "CB_BODY_NOT_JSON"],
  ],
  vw: [
    [example("0:-1:0"), "CB_FORMAT_PROPENSITY_INVALID"],
    [example("0:-1:-0.5"), "CB_FORMAT_PROPENSITY_INVALID"],
    [example("0:-1:1.5"), "CB_FORMAT_PROPENSITY_INVALID"],
    [example("0:-1:nan"), "CB_FORMAT_PROPENSITY_INVALID"],
    [example("0:-1:inf"), "CB_FORMAT_PROPENSITY_INVALID"],
    [example("0:nan:0.5"), "CB_FORMAT_LINE_INVALID"],
    [example("0:-1e300:0.5"), "CB_FORMAT_LINE_INVALID"],
    [example("0:-1:0.5", "x:NaN"), "CB_FORMAT_LINE_INVALID"],
    [example("0:-1:0.5", "x:Infinity"), "CB_FORMAT_LINE_INVALID"],
    [example("0:-1:0.5", "x:1e999"), "CB_FORMAT_LINE_INVALID"],
    [example("0:-1:0.5", "__proto__:1"), "CB_FORMAT_LINE_INVALID"],
    [example("0:-1:0.5", `x:${"9".repeat(400)}`), "CB_FORMAT_LINE_INVALID"],
    ["shared |c x:1\n0:-1:0.5 |i a=1\n0:-1:0.5 |i b=1", "CB_FORMAT_LINE_INVALID"],
  ],
  obp: [
    [row("a", "1", "0"), "CB_FORMAT_PROPENSITY_INVALID"],
    [row("a", "1", "-0.5"), "CB_FORMAT_PROPENSITY_INVALID"],
    [row("a", "1", "1.5"), "CB_FORMAT_PROPENSITY_INVALID"],
    [row("a", "1", "nan"), "CB_FORMAT_PROPENSITY_INVALID"],
    [row("a", "1", "1e999"), "CB_FORMAT_PROPENSITY_INVALID"],
    [row("a", "nan", "0.5"), "CB_FORMAT_LINE_INVALID"],
    [row("a", "1e999", "0.5"), "CB_FORMAT_LINE_INVALID"],
    [row("a", "-1e300", "0.5"), "CB_FORMAT_LINE_INVALID"],
    [row("", "1", "0.5"), "CB_FORMAT_LINE_INVALID"],
    [row("a", "1", "0.5").replace(",x", ",1e999"), "CB_FORMAT_LINE_INVALID"],
    [row("a", "1", "0.5").replace("a,1,", "a,0,"), "CB_FORMAT_LINE_INVALID"],
    [`${row("a", "1", "0.5")},more`, "CB_FORMAT_LINE_INVALID"],
    ["9,,a", "CB_FORMAT_LINE_INVALID"],
  ],
  metarank: [
    [event(`${listed},"fields":[{"name":"x","value":NaN}]`), "CB_BODY_NOT_JSON"],
    [event(`${listed},"fields":[{"name":"x","value":-Infinity}]`), "CB_BODY_NOT_JSON"],
    [event(`${listed},"fields":[{"name":"x","value":1e999}]`), "CB_BODY_INVALID"],
    [event(`${listed},"fields":[{"name":"x","value":${deep}}]`), "CB_BODY_TOO_DEEP"],
    [event(`${listed},"fields":[{"name":"__proto__","value":1}]`), "CB_BODY_KEY_FORBIDDEN"],
    [event('"items":[]'), "CB_EVENT_INVALID"],
    [event('"items":[{"id":""}]'), "CB_EVENT_INVALID"],
    [event(listed).replace('"1767225600000"', '"soon"'), "CB_EVENT_INVALID"],
    [event(listed).replace('"1767225600000"', "1e999"), "CB_EVENT_INVALID"],
    [event(listed).replace("ranking", "party"), "CB_EVENT_INVALID"],
    [event(listed).slice(0, 60), "CB_BODY_NOT_JSON"],
    ["nonsense", "CB_BODY_NOT_JSON"],
  ],
};

describe("hostile logs", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "brigand-hostile-"));
  const config = loadConfig({}, { dataDir, port: 0, logLevel: "silent" });
  const layout = layoutOf(dataDir);
  const from = Date.parse("2026-01-01T00:00:00Z");
  const good = agreeingDecisions(N, "5").map((decision, i): LoggedDecision => ({ ...decision, at: from + i * 1000 }));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  const modelOf = (policy: string) =>
    readFileSync(join(layout.root, "models", policy, "1", "model.onnx")).toString("base64");

  /** The good decisions, a hostile entry after each fiftieth; the line that each begins with, by code. */
  function mixed(format: FileFormat): { path: string; pure: string; codes: Map<string, number[]> } {
    const entries = entriesOf(format, written(format, good).trimEnd());
    const bad = HOSTILE[format.name];
    const all: string[] = [];
    const codes = new Map<string, number[]>();
    let lines = 0;
    const add = (entry: string) => {
      all.push(entry);
      lines += entry.split("\n").length;
    };
    entries.forEach((text, i) => {
      add(text);
      const found = i % EVERY === EVERY - 1 ? bad[(i + 1) / EVERY - 1] : undefined;
      if (found === undefined) return;
      const [hostile, code] = found;
      codes.set(code, [...(codes.get(code) ?? []), lines + 1]);
      add(format === vw ? `${hostile}\n` : hostile);
    });
    const [path, pure] = [join(dataDir, `mixed.${format.name}`), join(dataDir, `pure.${format.name}`)];
    writeFileSync(path, all.join("\n"));
    writeFileSync(pure, entries.join("\n"));
    return { path, pure, codes };
  }

  for (const format of [dsjson, jsonl, vw, obp, metarank]) {
    it(`are counted and named by line in ${format.name}, and the model is that of the other lines, byte for byte`, async () => {
      const { path, pure, codes } = mixed(format);
      const train = (policy: string, file: string) =>
        trainFile({ config, policy, path: file, format: format.name, clock: systemClock, onProgress: () => {} });
      const report = await train(`${format.name}-mixed`, path);
      const expected = await train(`${format.name}-pure`, pure);
      for (const [code, lines] of codes)
        expect(report.refusedByCode[code], code).toMatchObject({ n: lines.length, firstLines: lines.slice(0, 5) });
      expect(report.refused).toBe([...codes.values()].flat().length);
      expect(report).toMatchObject({ rows: N, decisions: format === metarank ? 0 : N });
      expect(expected.refused).toBe(0);
      expect(report.progressiveLoss).toBe(expected.progressiveLoss);
      expect(modelOf(`${format.name}-mixed`)).toBe(modelOf(`${format.name}-pure`));
    });
  }

  it("leave the model of an imported log what it is without them", { timeout: 60_000 }, async () => {
    const { path, pure, codes } = mixed(dsjson);
    for (const [policy, file] of [
      ["log-mixed", path],
      ["log-pure", pure],
    ]) {
      const done = await runBrigand(["import", file, "--policy", policy, "--format", "dsjson", "--json"], {
        DATA_DIR: dataDir,
      });
      expect(done.code, done.stderr).toBe(0);
      const rejected = policy === "log-mixed" ? [...codes.values()].flat().length : 0;
      expect(JSON.parse(done.stdout)).toMatchObject({ rejected });
      const trained = await runBrigand(["train", "--policy", policy, "--json"], { DATA_DIR: dataDir });
      expect(JSON.parse(trained.stdout)).toMatchObject({ version: 1, rows: N });
    }
    expect(modelOf("log-mixed")).toBe(modelOf("log-pure"));
  });

  it("are refused at HTTP's doors with a code, and nothing of them is logged", async () => {
    const running = await serve(config);
    const server = new TestServer(running.url, () => running.close());
    const rank = (context: string) =>
      `{"policy":"door","items":[{"id":"a"},{"id":"b"}],"context":${context},"slots":1}`;
    const bodies: readonly (readonly [string, string])[] = [
      ["/v1/rank", rank('{"x":1e999}')],
      ["/v1/rank", rank('{"x":NaN}')],
      ["/v1/rank", rank(deep)],
      ["/v1/rank", rank('{"__proto__":{"x":1}}')],
      ["/v1/rewards", '[{"decisionId":"d","value":1e999}]'],
      ["/v1/rewards", '[{"decisionId":"d","value":"NaN"}]'],
    ];
    for (const [path, body] of bodies) {
      const { status, text } = await server.send("POST", path, body);
      expect(status, body.slice(0, 80)).toBe(400);
      expect(text, body.slice(0, 80)).toMatch(/"CB_(BODY|REWARD)_/);
    }
    const { text } = await server.get("/v1/logs?policy=door");
    expect(text).not.toContain("modelVersion");
    await server.close();
  });
});
