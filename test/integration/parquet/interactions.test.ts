import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InteractionRow } from "../../../src/adapters/duckdb/columns.ts";
import { openInteractions } from "../../../src/adapters/duckdb/interactions.ts";
import { bucketOf, manifestDraftName, manifestFolder } from "../../../src/adapters/duckdb/layout.ts";
import { readManifests } from "../../../src/adapters/duckdb/manifest.ts";
import { type InteractionQuery, readInteractions } from "../../../src/adapters/duckdb/readInteractions.ts";
import { compact } from "../../../workers/compact.ts";
import { START, traffic } from "./joinedLog.ts";

const policy = "home";
const job = { workspace: "default", policy, fence: 3 } as const;
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "it's [odd] *-"));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

function row(fields: Partial<InteractionRow> = {}): InteractionRow {
  return {
    formatVersion: 1,
    workspace: "default",
    policy,
    variant: "champion",
    modelVersion: 7,
    decisionId: "d1",
    subject: "AAAAAAAAAAAAAAAAAAAAAA",
    served: "model",
    at: START + 1,
    settledAt: START + 2001,
    closedAt: START + 600_001,
    position: 1,
    item: "i1",
    propensity: 0.1 + 0.2,
    jointPropensity: 1e-12,
    reward: -1.5,
    rewardAtSettle: 0,
    learned: true,
    segments: ["device=tv", "hour=21"],
    columns: 3,
    features: Float32Array.of(0.1, -0, 3e38),
    joinedPosition: 2 ** 53 - 1,
    cataloguePosition: 12,
    fence: 3,
    ...fields,
  };
}

async function write(rows: readonly InteractionRow[], { from = 0, to = 100, fence = 3 } = {}) {
  const sink = await openInteractions({ dataDir, policy, fence });
  try {
    return await sink.flush({ from, to, heldFrom: from, columnNames: ["x"], rows });
  } finally {
    sink.close();
  }
}

async function read(query: Partial<InteractionQuery> = {}): Promise<InteractionRow[]> {
  const rows: InteractionRow[] = [];
  for await (const chunk of readInteractions(dataDir, { policy, ...query })) rows.push(...chunk);
  return rows;
}

describe("interactions on disk", () => {
  test("come back as they were, column by column", async () => {
    const rows = [
      row(),
      row({
        position: 2,
        item: "i2",
        learned: false,
        served: "logged",
        propensity: undefined,
        jointPropensity: undefined,
        cataloguePosition: undefined,
      }),
    ];
    await write(rows);
    expect(await read()).toEqual(rows);
  });

  test("keep wild strings: quotes, newlines, NUL, other scripts, empty lists", async () => {
    const wild = `'";--\n\r\t\u0000\\ 🂡 ﷽ é \u202e\u{10ffff} {x} $1 ?`;
    const rows = [
      row({ decisionId: wild, item: wild, variant: wild, segments: [wild, ""], workspace: wild }),
      row({ subject: undefined, item: "", segments: [], columns: 0, features: new Float32Array() }),
    ];
    await write(rows);
    const back = await read();
    expect(back).toHaveLength(2);
    expect(back).toEqual(expect.arrayContaining(rows));
  });

  test("lie by date and by the subject's bucket, which a plain Hive reader gets back", async () => {
    const rows = Array.from({ length: 60 }, (_, i) =>
      row({ subject: `subject-${i}`, decisionId: `d${i}`, at: START + i * 3_600_000 }),
    );
    const { files } = await write(rows);
    for (const { path, date, bucket } of files) expect(path).toBe(`date=${date}/bucket=${bucket}/part-0-100-3.parquet`);
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const folder = join(dataDir, "interactions").replaceAll("'", "''").replace(/[[*]/g, "[$&]");
    const result = await connection.runAndReadAll(
      `SELECT subject, strftime("at", '%Y-%m-%d'), policy, "date"::VARCHAR, bucket::VARCHAR FROM read_parquet('${folder}/*/*/*/*.parquet', hive_partitioning = true)`,
    );
    const found = result.getRows();
    connection.closeSync();
    expect(found).toHaveLength(60);
    for (const [subject, at, name, date, bucket] of found) {
      expect([name, date, bucket]).toEqual([policy, at, bucketOf({ subject: String(subject), decisionId: "" })]);
    }
    expect(new Set(found.map((values) => values[4])).size).toBeGreaterThan(8);
  });

  test("are read by time of the decision, from inclusive, to exclusive", async () => {
    const day = 86_400_000;
    await write([0, 1, 2, 3].map((i) => row({ decisionId: `d${i}`, at: START + i * day })));
    const ids = async (query: Partial<InteractionQuery>) =>
      (await read(query)).map(({ decisionId }) => decisionId).sort();
    expect(await ids({ from: START + day, to: START + 3 * day })).toEqual(["d1", "d2"]);
    expect(await ids({ from: START + day + 1 })).toEqual(["d2", "d3"]);
    expect(await ids({ to: START + 1 })).toEqual(["d0"]);
    expect(await ids({ from: START + 9 * day })).toEqual([]);
  });

  test("are an empty stream before the first flush and after an empty one", async () => {
    expect(await read()).toEqual([]);
    await write([]);
    expect(await read()).toEqual([]);
    expect((await readManifests({ dataDir, policy }))[0]).toMatchObject({ from: 0, to: 100, rows: 0, files: [] });
  });

  test("stand in the manifest with size and SHA-256", async () => {
    const { files } = await write([row()]);
    const bytes = await readFile(join(dataDir, "interactions/policy=home", files[0].path));
    expect(files).toEqual([
      expect.objectContaining({
        rows: 1,
        bytes: bytes.length,
        sha256: createHash("sha256").update(bytes).digest("hex"),
      }),
    ]);
  });
});

describe("a flush", () => {
  test("that is repeated changes nothing", async () => {
    const first = await write([row()]);
    expect(await write([row()], { fence: 4 })).toEqual(first);
    expect(await read()).toHaveLength(1);
  });

  test.each([
    ["overlaps the last one", 50, 150],
    ["leaves a gap", 101, 200],
    ["starts with the last one and ends elsewhere", 0, 90],
    ["goes backward", 100, 100],
  ])("that %s is refused", async (_, from, to) => {
    await write([row()]);
    await expect(write([row()], { from, to })).rejects.toMatchObject({ code: "CB_INTERACTIONS_RANGE" });
    expect(await read()).toHaveLength(1);
  });

  test("of an earlier holder of the lease is refused", async () => {
    await write([row()], { fence: 5 });
    await expect(write([row()], { from: 100, to: 200, fence: 4 })).rejects.toMatchObject({
      code: "CB_INTERACTIONS_DEPOSED",
    });
  });

  test("that loses the race for its place neither counts nor harms the winner", async () => {
    const slow = await openInteractions({
      dataDir,
      policy,
      fence: 3,
      beforeCommit: async () => void (await write([row({ item: "winner" })], { to: 200, fence: 4 })),
    });
    const lost = slow.flush({ from: 0, to: 100, heldFrom: 0, columnNames: [], rows: [row({ item: "loser" })] });
    await expect(lost).rejects.toMatchObject({ code: "CB_INTERACTIONS_RANGE" });
    slow.close();
    expect((await read()).map(({ item }) => item)).toEqual(["winner"]);
  });

  test("cut off between files and manifest does not count, and its remains go when the next holder opens", async () => {
    const dying = await openInteractions({
      dataDir,
      policy,
      fence: 3,
      beforeCommit: () => Promise.reject(new Error("killed")),
    });
    await expect(dying.flush({ from: 0, to: 100, heldFrom: 0, columnNames: [], rows: [row()] })).rejects.toThrow(
      "killed",
    );
    dying.close();
    const parts = async () => (await readdir(dataDir, { recursive: true })).filter((name) => /part-|tmp$/.test(name));
    expect(await parts()).toHaveLength(1);
    expect(await read()).toEqual([]);
    await write([row()], { fence: 4 });
    expect(await read()).toHaveLength(1);
    expect(await parts()).toHaveLength(1);
  });

  test("cut off while its manifest is written leaves no draft once the next holder opens", async () => {
    await write([row()], { fence: 3 });
    const manifests = manifestFolder(dataDir, policy);
    for (const fence of [3, 5]) await writeFile(join(manifests, manifestDraftName(100, fence)), "{");
    await write([], { from: 100, to: 200, fence: 4 });
    const drafts = (await readdir(manifests)).filter((name) => name.endsWith("tmp"));
    expect(drafts).toEqual([manifestDraftName(100, 5)]);
  });
});

describe("damage", () => {
  test.each([
    ["a missing file", async (path: string) => unlink(path)],
    ["a file cut short", async (path: string) => truncate(path, 10)],
  ])("is told: %s", async (_, harm) => {
    const { files } = await write([row()]);
    await harm(join(dataDir, "interactions/policy=home", files[0].path));
    await expect(read()).rejects.toMatchObject({ code: "CB_INTERACTIONS_DAMAGED" });
  });

  test.each(["", "{}", "[1]", '{"from":0'])("is told: a manifest of %j", async (text) => {
    await write([row()]);
    await writeFile(join(dataDir, "interactions/policy=home/_manifests/manifest-0000000000000000.json"), text);
    await expect(read()).rejects.toMatchObject({ code: "CB_INTERACTIONS_DAMAGED" });
  });
});

describe("the compact job", () => {
  test("writes every closed row exactly once, though it is killed at every third flush", async () => {
    const log = traffic(40, 5);
    let commits = 0;
    for (let fence = 1; ; fence++) {
      const beforeCommit = () => {
        if (++commits % 3 === 0) throw new Error("killed");
      };
      const sink = await openInteractions({ dataDir, policy, fence, beforeCommit });
      const { heldFrom } = await sink.resume();
      const outcome = await compact({ ...job, fence, sink, reader: log.reader(heldFrom), rowsMax: 10 }).catch(
        (error: unknown) => error,
      );
      sink.close();
      if (!(outcome instanceof Error)) break;
      expect(outcome.message).toBe("killed");
    }
    const rows = await read();
    const names = rows.map(({ decisionId, position }) => `${decisionId}/${position}`);
    expect(names.sort()).toEqual(
      Array.from({ length: 40 }, (_, i) => [`d${i}/1`, `d${i}/2`])
        .flat()
        .sort(),
    );
    for (const { decisionId, position, learned } of rows) {
      expect(learned).toBe(!(Number(decisionId.slice(1)) % 5 === 0 && position === 2));
    }
    expect(commits).toBeGreaterThan(10);
  });
});
