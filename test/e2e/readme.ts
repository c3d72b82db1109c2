/** What README.md tells its reader to type, and the tables it shows. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../support/shared.ts";

const text = readFileSync(join(projectRoot, "README.md"), "utf8");

/** The address of the product that was started with its defaults. */
export const README_URL = "http://127.0.0.1:8080";

/** Commands of every `sh` block, in order, as they stand; one that goes over several lines is one. */
export function shellCommands(): string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => joined(block.trimEnd().split("\n")));
}

/** The first column of the table below a heading. */
export function tableNames(heading: string): string[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^\| `([^`]+)` *\|/gm)].map(([, name]) => name);
}

/** Files of the project that it links to. */
export function linkedFiles(): string[] {
  return [...text.matchAll(/\]\((?!http)([^)#]+)[^)]*\)/g)].map(([, path]) => path);
}

/** Lines belong together while a quotation is open. */
function joined(lines: readonly string[]): string[] {
  const commands: string[] = [];
  let open = false;
  for (const line of lines) {
    if (open) commands.push(`${commands.pop() ?? ""}\n${line}`);
    else commands.push(line);
    if ((line.match(/'/g)?.length ?? 0) % 2 === 1) open = !open;
  }
  return commands;
}
