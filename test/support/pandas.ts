/**
 * A Python with pandas for tests that let others read our files: an environment of its own below .prepare/, made on
 * first use. Where there is no Python, or the packages cannot be had, the tests are skipped with one line that says so.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { projectRoot } from "./shared.ts";

const requirements = join(projectRoot, "test", "fixtures", "pandas", "requirements.txt");
const version = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
const home = join(projectRoot, ".prepare", `pandas-${version}`);

/** `describe` with the path of the Python. */
export function describeWithPandas(name: string, body: (python: string) => void): void {
  const why = prepared();
  if (why === undefined) {
    describe(name, () => body(pythonOf(home)));
    return;
  }
  console.warn(`skipped "${name}": ${why}`);
  describe.skip(name, () => body(""));
}

function pythonOf(folder: string): string {
  return join(folder, "bin", "python");
}

/** @returns why not, in one line; undefined when all is there. */
function prepared(): string | undefined {
  if (existsSync(pythonOf(home))) return undefined;
  const draft = `${home}.${process.pid}`;
  mkdirSync(join(projectRoot, ".prepare"), { recursive: true });
  const steps: [string, string[]][] = [
    ["python3", ["-m", "venv", draft]],
    [pythonOf(draft), ["-m", "pip", "install", "--quiet", "--no-input", "--requirement", requirements]],
    [pythonOf(draft), ["-c", "import pandas, pyarrow"]],
  ];
  for (const [program, args] of steps) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8", timeout: 240_000 });
    if (status === 0) continue;
    rmSync(draft, { recursive: true, force: true });
    const told = (error?.message ?? stderr).trim().split("\n").at(-1);
    return `python3 with pandas cannot be had (${args.slice(0, 3).join(" ")}: ${told})`;
  }
  if (existsSync(home)) rmSync(draft, { recursive: true, force: true });
  else renameSync(draft, home);
  return undefined;
}
