/**
 * Python environments of their own below .prepare/, made on first use, for tests that let programs of others read what is
 * ours. Where there is no Python, or the packages cannot be had, such tests are skipped with one line that says so.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./shared.ts";

export interface Environment {
  readonly python: string;
  /** Why there is none, in one line. */
  readonly missing?: string;
}

/**
 * @param name of the folder of test/fixtures with the requirements.txt.
 * @param modules that must import.
 */
export function environmentOf(name: string, modules: string): Environment {
  const requirements = join(projectRoot, "test", "fixtures", name, "requirements.txt");
  const version = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const home = join(projectRoot, ".prepare", `${name}-${version}`);
  if (existsSync(pythonOf(home))) return { python: pythonOf(home) };
  const draft = `${home}.${process.pid}`;
  mkdirSync(join(projectRoot, ".prepare"), { recursive: true });
  const steps: [string, string[]][] = [
    ["python3", ["-m", "venv", draft]],
    [pythonOf(draft), ["-m", "pip", "install", "--quiet", "--no-input", "--requirement", requirements]],
    [pythonOf(draft), ["-c", `import ${modules}`]],
  ];
  for (const [program, args] of steps) {
    const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8", timeout: 240_000 });
    if (status === 0) continue;
    rmSync(draft, { recursive: true, force: true });
    const told = (error?.message ?? stderr).trim().split("\n").at(-1);
    return { python: "", missing: `python3 with ${modules} cannot be had (${args.slice(0, 3).join(" ")}: ${told})` };
  }
  if (existsSync(home)) rmSync(draft, { recursive: true, force: true });
  else renameSync(draft, home);
  return { python: pythonOf(home) };
}

function pythonOf(folder: string): string {
  return join(folder, "bin", "python");
}
