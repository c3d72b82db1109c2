/** The style guide as a test. Every message says where, what, and what to use instead. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "./support/shared.ts";
import { codeOnly, longFunctions } from "./support/source.ts";

const FILE_LINES_MAX = 300;
const FUNCTION_LINES_MAX = 60;

interface Source {
  readonly path: string;
  readonly text: string;
  /** Without comments and quoted text; same lines. */
  readonly code: string;
}

interface Rule {
  readonly name: string;
  readonly pattern: RegExp;
  readonly instead: string;
  /** Paths that are looked at; default all of src, training and workers. */
  readonly within?: RegExp;
  /** The one place, or the few, where it belongs. */
  readonly except?: readonly string[];
}

/** Patterns are matched against code only: a comment may name what it forbids. */
const codeRules: readonly Rule[] = [
  {
    name: "no clock but the one",
    pattern: /\bDate\.now\b|\bnew Date\(\)/,
    instead: "take a Clock (src/ports/clock.ts) as an argument; composition roots pass systemClock",
    except: ["src/adapters/system/clock.ts", "src/client/clock.ts"],
  },
  {
    name: "no Math.random",
    pattern: /\bMath\.random\b/,
    instead: "take a seeded generator of src/core/math/random.ts",
  },
  {
    name: "no environment outside the configuration",
    pattern: /\bprocess\.env\b/,
    instead: "add a setting to src/config.ts and take it as an argument",
    except: ["src/config.ts"],
  },
  {
    name: "no console",
    pattern: /\bconsole\s*\./,
    instead: "print with src/cli/output.ts, log with src/adapters/system/log.ts",
  },
  { name: "no any", pattern: /(?::|<|\bas)\s*any\b/, instead: "the type itself, or unknown and a check" },
  {
    name: "no double cast",
    pattern: /\bas unknown as\b/,
    instead: "a smart constructor that checks and returns the type",
  },
  {
    name: "no default export",
    pattern: /\bexport\s+default\b/,
    instead: "a named export",
    // BullMQ loads a sandboxed processor by its default export.
    within: /^(?!workers\/[^/]+\/processor\.ts$)/,
  },
  {
    name: "one source of privacy noise",
    pattern: /\bsystemNoise\b/,
    instead: "ports.random.noise, which the composition root gives",
    except: ["src/adapters/crypto/noise.ts", "src/server/main.ts"],
  },
  {
    name: "one place that draws privately",
    pattern: /\b(?:rankPrivately|drawIntegers)\b/,
    instead: "drawnPrivately (src/core/decide/choosePrivately.ts) to serve, replayOf to repeat",
    within: /^(?!src\/core\/privacy\/)/,
    except: ["src/core/decide/choosePrivately.ts", "src/core/decide/replay.ts"],
  },
  {
    name: "no system calls in the core",
    pattern: /\bprocess\.|\bperformance\.now\b|\bsetTimeout\(|\bsetInterval\(/,
    instead: "an argument: the core has no clock, no timers and no process",
    within: /^src\/core\//,
  },
];

/** Matched against the module names of imports, relative ones resolved to paths of the project. */
const importRules: readonly Rule[] = [
  {
    name: "the core imports only itself (and typebox, which is pure)",
    pattern: /^(?!src\/core\/|typebox$|typebox\/)/,
    instead: "a port in src/ports and an argument",
    within: /^src\/core\//,
  },
  {
    name: "privacy noise never comes from a seed",
    pattern: /^src\/core\/math\/random\.ts$/,
    instead: "words of the noise port, as data",
    within: /^src\/(?:core\/privacy|adapters\/crypto\/noise\.ts)/,
  },
  {
    name: "ports import only the core",
    pattern: /^(?!src\/core\/|src\/ports\/)/,
    instead: "a type of the core or of another port",
    within: /^src\/ports\//,
  },
  {
    name: "the client imports only itself, and files only in one place",
    pattern: /^(?!src\/client\/)/,
    instead: "what every browser has; src/client/fileStorage.ts is for Node",
    within: /^src\/client\//,
    except: ["src/client/fileStorage.ts"],
  },
  {
    name: "the serving process never imports training or workers",
    pattern: /^(training|workers)\//,
    instead: "what both need, in src/core",
    within: /^src\/server\//,
  },
];

const testRules: readonly Rule[] = [
  {
    name: "no test left out or repeated",
    pattern: /\b(it|test|describe)\.(only|skip|todo)\b|\bretry\s*:\s*\d/,
    instead:
      "a test that runs and holds: flaky means wrong (describeWithShared, describeWithPandas, describeWithVw, describeWithTriton for what may be missing)",
    within: /^test\//,
    except: ["test/support/shared.ts", "test/support/pandas.ts", "test/support/vw.ts", "test/support/triton.ts"],
  },
];

const hosts = [
  "registry\\.npm",
  "npmjs\\.",
  "yarnpkg\\.",
  "pypi\\.",
  "crates\\.io",
  "golang\\.org",
  "maven\\.",
  "debian\\.org",
];
const textRules: readonly Rule[] = [
  {
    name: "no path of one machine",
    pattern: new RegExp(`(?<![\\w.~-])/(?:${["work", "root", "tmp", "home"].join("|")})(?:/\\w|["'\`])`),
    instead: "a path relative to the project, DATA_DIR, or os.tmpdir()",
  },
  { name: "no host of a package registry", pattern: new RegExp(hosts.join("|")), instead: "the package's name alone" },
];

const files = trackedFiles();
const sources = files.filter((path) => /^(src|training|workers)\/.*\.ts$/.test(path)).map(readSource);
const tests = files.filter((path) => /^test\/.*\.ts$/.test(path)).map(readSource);

describe("the style guide", () => {
  for (const rule of [...codeRules, ...testRules]) {
    it(rule.name, () => expect(breaches(testRules.includes(rule) ? tests : sources, rule)).toEqual([]));
  }
  for (const rule of importRules) it(rule.name, () => expect(importBreaches(rule)).toEqual([]));
  for (const rule of textRules) {
    it(rule.name, () => {
      const texts = files.filter(
        (path) => /\.(ts|mjs|js|json|md|sh|yml|yaml|html|css)$|run$/.test(path) && path !== "LICENSE",
      );
      expect(texts.map(readText).flatMap((source) => lineBreaches({ ...source, code: source.text }, rule))).toEqual([]);
    });
  }

  it("no barrel files", () => {
    const barrels = sources.filter(({ path }) => path.endsWith("/index.ts"));
    expect(barrels.map(({ path }) => `${path}: import from the file that defines it instead`)).toEqual([]);
  });

  it(`no file above ${FILE_LINES_MAX} lines`, () => {
    const exempt = ["src/core/errors.ts"]; // one table
    const long = sources.filter(({ path, text }) => !exempt.includes(path) && lineCount(text) > FILE_LINES_MAX);
    expect(long.map(({ path, text }) => `${path}: ${lineCount(text)} lines; split it by concept`)).toEqual([]);
  });

  it(`no function above ${FUNCTION_LINES_MAX} lines`, () => {
    const long = sources.flatMap(({ path, code }) =>
      longFunctions(code, FUNCTION_LINES_MAX).map(
        (found) => `${path}:${found.line}: ${found.lines} lines; split it by step`,
      ),
    );
    expect(long).toEqual([]);
  });

  it("no file holds what a merge left undecided", () => {
    const marked = trackedFiles().filter((path) =>
      /^(?:<{7}|>{7}|(?:> ){7})/m.test(readFileSync(join(projectRoot, path), "utf8")),
    );
    expect(marked).toEqual([]);
  });

  it("the linter has nothing to say", () => {
    const biome = join(projectRoot, "node_modules", "@biomejs", "biome", "bin", "biome");
    const args = [
      biome,
      "lint",
      "--diagnostic-level=error",
      "--max-diagnostics=50",
      "--colors=off",
      "--reporter=github",
      ".",
    ];
    const done = spawnSync(process.execPath, args, { cwd: projectRoot, encoding: "utf8" });
    expect(done.status, done.stdout + done.stderr).toBe(0);
  });

  it("everything type-checks, the tests too", { timeout: 60_000 }, () => {
    const compiler = join(projectRoot, "node_modules", "typescript", "bin", "tsc");
    const args = [compiler, "-p", "tsconfig.json", "--noEmit", "--pretty", "false"];
    const done = spawnSync(process.execPath, args, { cwd: projectRoot, encoding: "utf8" });
    expect(done.stdout).toBe("");
    expect(done.status).toBe(0);
  });
});

describe("reading source", () => {
  it("blanks comments, text and patterns and keeps the code of templates", () => {
    const code = codeOnly('a("x // y"); // z\nb(`t ${c({ d: `u` })} v`) / 2; e = /"/.test(f); /* g\nh */ i');
    expect(code.replace(/ +/g, " ")).toBe("a( ); \nb(` ${c({ d: ` ` })} `) / 2; e = .test(f); \n i");
    expect(code.split("\n")[1]?.length).toBe('b(`t ${c({ d: `u` })} v`) / 2; e = /"/.test(f); /* g'.length);
  });

  it("measures functions, methods and arrows but no blocks", () => {
    const code =
      "class A {\n  m(\n    a: number,\n  ): void {\n    if (a) {\n      b();\n    }\n  }\n}\nconst c = () => {\n};";
    expect(longFunctions(code, 1)).toEqual([
      { line: 4, lines: 5 },
      { line: 10, lines: 2 },
    ]);
  });
});

/** Tracked files and new ones that are not ignored. */
function trackedFiles(): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const list = execFileSync("git", args, { cwd: projectRoot, encoding: "utf8" }).split("\0");
  return list.filter((path) => path !== "" && path !== "package-lock.json" && readable(path));
}

/** A file may be deleted and the deletion not yet committed. */
function readable(path: string): boolean {
  try {
    readFileSync(join(projectRoot, path));
    return true;
  } catch {
    return false;
  }
}

function readText(path: string): { readonly path: string; readonly text: string } {
  return { path, text: readFileSync(join(projectRoot, path), "utf8") };
}

function readSource(path: string): Source {
  const { text } = readText(path);
  return { path, text, code: codeOnly(text) };
}

function breaches(among: readonly Source[], rule: Rule): string[] {
  return among.filter(({ path }) => applies(rule, path)).flatMap((source) => lineBreaches(source, rule));
}

function lineBreaches(source: Source, rule: Rule): string[] {
  return source.code.split("\n").flatMap((line, index) => {
    const found = rule.pattern.exec(line)?.[0].trim();
    return found === undefined ? [] : [`${source.path}:${index + 1}: ${found}; use ${rule.instead}`];
  });
}

function importBreaches(rule: Rule): string[] {
  return sources
    .filter(({ path }) => applies(rule, path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^(?:import|export)\b[^;]*?from\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm)].flatMap((match) => {
        const name = match[1] ?? match[2] ?? "";
        const target = name.startsWith(".") ? join(path, "..", name) : name;
        const line = lineCount(text.slice(0, match.index));
        return rule.pattern.test(target) ? [`${path}:${line}: imports ${target}; use ${rule.instead}`] : [];
      }),
    );
}

function applies(rule: Rule, path: string): boolean {
  return (rule.within?.test(path) ?? true) && !(rule.except ?? []).includes(path);
}

function lineCount(text: string): number {
  return text.trimEnd().split("\n").length;
}
