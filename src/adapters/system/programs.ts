/** Programs of this machine. */
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { environment } from "../../config.ts";

/** Full path of the first program of this name on PATH, undefined when there is none. */
export function findProgram(name: string): string | undefined {
  const folders = (environment().PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a program prints, empty when it cannot be run. */
export function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 5000 }, (_error, stdout) => resolve(stdout));
  });
}
