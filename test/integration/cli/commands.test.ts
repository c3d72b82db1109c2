import { describe, expect, it } from "vitest";
import { runBrigand } from "../../support/processes.ts";
import { temporaryFolder } from "../../support/tmp.ts";

describe("the command line", () => {
  it("exits with 0 and teaches by examples when asked for help", async () => {
    for (const command of ["start", "serve", "work", "doctor", "settings"]) {
      const { code, stdout } = await runBrigand([command, "--help"]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/Examples:\n {2}\$/);
    }
  });

  it("exits with 2 and one line when the usage is wrong", async () => {
    for (const args of [["fly"], ["start", "--fast"], ["start", "--set", "port"], ["start", "--port", "x"]]) {
      const { code, stderr } = await runBrigand(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^brigand: CB_(USAGE|CONFIG)_INVALID: .+ \(.+\)\n$/);
    }
  });

  it("says in words what is wrong with a setting", async () => {
    const { code, stderr } = await runBrigand(["serve"], { WAL_BYTES_MAX: "8GB" });
    expect(code).toBe(2);
    expect(stderr).toContain("walBytesMax of the configuration must be a whole number from 1 to");
    expect(stderr).toContain('"8GB" came');
  });

  it("examines the machine for people and for programs", async () => {
    const env = { DATA_DIR: temporaryFolder(), PORT: "0" };
    const table = await runBrigand(["doctor"], env);
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(/^onnxruntime +ok +loads$/m);
    const report: unknown = JSON.parse((await runBrigand(["doctor", "--json"], env)).stdout);
    expect(report).toMatchObject({ ok: true });
  });

  it("fails the examination when the data folder cannot be one", async () => {
    const { code, stdout } = await runBrigand(["doctor"], { DATA_DIR: process.execPath, PORT: "0" });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^data folder +FAIL/m);
  });

  it("lists every setting as JSON", async () => {
    const { stdout } = await runBrigand(["settings", "--json"]);
    const rows: unknown = JSON.parse(stdout);
    expect(rows).toContainEqual(expect.objectContaining({ name: "port", variable: "PORT", default: 8080 }));
  });
});
