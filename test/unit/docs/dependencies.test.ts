import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../../support/shared.ts";

const page = readFileSync(join(projectRoot, "docs", "dependencies.md"), "utf8");
const manifest: { readonly [list: string]: { readonly [name: string]: string } } = JSON.parse(
  readFileSync(join(projectRoot, "package.json"), "utf8"),
);

/** Names in the first column of the table below a heading. */
function named(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
}

describe("docs/dependencies.md", () => {
  it("has a row for every package that is needed at run time, and no other", () => {
    expect(named("At run time")).toEqual(Object.keys(manifest.dependencies).toSorted());
  });

  it("has a row for every package that is needed for development, and no other", () => {
    expect(named("For development")).toEqual(Object.keys(manifest.devDependencies).toSorted());
  });

  it("speaks of exact versions, and they are", () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });
});
