/** Keys by the command line, met by a server that runs. */
import { describe, expect, it } from "vitest";
import { poll, runBrigand, startBrigand } from "../../support/processes.ts";
import { temporaryFolder } from "../../support/tmp.ts";

describe("access to a server", () => {
  it("is open with a warning, closes with the first key, and follows rotation and revocation", async () => {
    const server = await startBrigand("serve");
    const env = { DATA_DIR: server.dataDir };
    const list = (key?: string) =>
      fetch(`${server.url}/v1/policies`, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });
    expect(server.output()).toContain("access is open to everybody on this machine");
    expect((await list()).status).toBe(200);

    const made = JSON.parse(
      (await runBrigand(["keys", "create", "--name", "me", "--role", "admin", "--json"], env)).stdout,
    );
    await poll(5000, async () => ((await list()).status === 401 ? true : undefined));
    expect((await list(made.key)).status).toBe(200);

    const rotated = await runBrigand(["keys", "rotate", made.id, "--overlap", "1h"], env);
    const next = rotated.stdout.trim();
    await poll(5000, async () => ((await list(next)).status === 200 ? true : undefined));
    expect((await list(made.key)).status).toBe(200);
    expect((await runBrigand(["keys", "revoke", made.id], env)).code).toBe(0);
    await poll(5000, async () => ((await list(made.key)).status === 401 ? true : undefined));
    expect((await list(next)).status).toBe(200);

    const listed = await runBrigand(["keys", "list"], env);
    expect(listed.stdout).toMatch(/^id +name +roles +policies +state/);
    expect(listed.stdout).not.toContain("bgd_");
    const audit = await runBrigand(["logs", "audit", "--json"], env);
    const acts = audit.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(acts.map(({ act, status }) => [act, status])).toEqual([
      ["keys create", 200],
      ["keys rotate", 200],
      ["keys revoke", 200],
    ]);
    expect(audit.stdout + server.output()).not.toContain(next.slice(15));
  });

  it("is refused on an address that others reach, until there is a key", async () => {
    const dataDir = temporaryFolder();
    for (const args of [[], ["--processes", "2"]]) {
      const server = await startBrigand("serve", { dataDir, args, env: { HOST: "0.0.0.0" }, ready: false });
      expect(await server.exited).toBe(1);
      expect(server.output()).toContain("CB_LISTEN_OPEN");
    }
  });

  it("is told wrong when a key is asked for with terms that do not exist", async () => {
    const env = { DATA_DIR: temporaryFolder() };
    const bad = [
      ["--role", "root"],
      ["--role", "app", "--expires", "soon"],
      ["--role", "app", "--rate", "fast"],
      ["--role", "app", "--policy", "../x"],
    ];
    for (const args of bad) {
      const { code, stderr } = await runBrigand(["keys", "create", "--name", "x", ...args], env);
      expect([code, stderr], args.join(" ")).toEqual([2, expect.stringContaining("CB_USAGE_INVALID")]);
    }
    expect((await runBrigand(["keys", "list", "--json"], env)).stdout).toBe("");
  });
});
