import { describe, expect, it } from "vitest";
import { type Environment, environmentOf, loadConfig, settingRows, variableOf } from "../../../src/config.ts";
import { BrigandError } from "../../../src/core/errors.ts";

function refusal(env: Environment, flags = {}): BrigandError {
  try {
    loadConfig(env, flags);
  } catch (error) {
    if (error instanceof BrigandError) return error;
  }
  throw new Error("it was accepted");
}

describe("the configuration", () => {
  it("has a default for everything but the address of Redis, the keys and the origins of pages", () => {
    const config = loadConfig({});
    expect(config).toMatchObject({ port: 8080, host: "127.0.0.1", dataDir: "./data", transport: "fs" });
    const none = settingRows.map(({ name }) => name).filter((name) => !Object.hasOwn(config, name));
    expect(none).toEqual(["redisUrl", "subjectKey", "serverKey", "corsOrigins"]);
  });

  it("takes a flag before the environment, and the environment before the default", () => {
    expect(loadConfig({ PORT: "1", HOST: "::1" }, { port: "2" })).toMatchObject({ port: 2, host: "::1" });
  });

  it("takes an empty value for none", () => {
    expect(loadConfig({ PORT: "", REDIS_URL: "" })).toEqual(loadConfig({}));
  });

  it("reads numbers with separators, and text that looks like a number as text", () => {
    expect(loadConfig({ WAL_BYTES_MAX: "1_000_000" }).walBytesMax).toBe(1_000_000);
    expect(loadConfig({ WORKSPACE: "7" }).workspace).toBe("7");
  });

  it("names the setting, what it takes and what came", () => {
    expect(refusal({ PORT: "70000" })).toMatchObject({
      code: "CB_CONFIG_INVALID",
      message: 'port of the configuration must be a whole number from 0 to 65535; "70000" came.',
    });
    expect(refusal({ LOG_LEVEL: "loud" }).message).toContain("must be one of fatal, error, warn, info");
    for (const env of [
      { PORT: "NaN" },
      { PORT: "1.5" },
      { PORT: " " },
      { FULL_LOG_SHARE: "2" },
      { WORKSPACE: "A B" },
    ]) {
      expect(refusal(env).code).toBe("CB_CONFIG_INVALID");
    }
  });

  it("refuses a flag that it does not know and lists the known ones", () => {
    expect(refusal({}, { prot: "1" }).hint).toContain("port, processes, host, dataDir");
  });

  it("never repeats a secret in an error", () => {
    expect(refusal({ SUBJECT_KEY: "deadbeef" }).message).not.toContain("deadbeef");
    expect(refusal({ REDIS_URL: "htp://user:geheim@host" }).message).not.toContain("geheim");
  });

  it("survives the way through a child's environment", () => {
    const config = loadConfig({
      REDIS_URL: "unix:/a b/redis.sock",
      FULL_LOG_SHARE: "0.25",
      SERVER_KEY: "0".repeat(64),
    });
    expect(loadConfig(environmentOf(config))).toEqual(config);
  });

  it("documents every setting", () => {
    for (const row of settingRows) expect(row.description, row.name).not.toBe("");
    expect(variableOf("logBytesPerSecondMax")).toBe("LOG_BYTES_PER_SECOND_MAX");
  });
});
