/**
 * npm run check:vw: Vowpal Wabbit reads our exports. Makes a virtual environment with the package vowpalwabbit below
 * .prepare/ once, then runs test/integration/formats/vw.test.ts with it. Needs python3 and, the first time,
 * the network.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = "vowpalwabbit==9.11.9";
const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const folder = join(project, ".prepare", "vw-9.11.9");
const python = process.env.VW_PYTHON ?? join(folder, "bin", "python");

const works = () => existsSync(python) && spawnSync(python, ["-c", "import vowpalwabbit"]).status === 0;

if (!works() && process.env.VW_PYTHON === undefined) {
  spawnSync("python3", ["-m", "venv", folder]);
  spawnSync(python, ["-m", "pip", "install", "--quiet", PACKAGE], { stdio: ["ignore", "ignore", "inherit"] });
}
if (!works()) {
  console.error(`Not checked: ${PACKAGE} could not be had for ${python}. Set VW_PYTHON to a Python that has it.`);
  process.exit(1);
}
const vitest = join(project, "node_modules", "vitest", "vitest.mjs");
const files = ["run", "test/integration/formats/vw.test.ts"];
const run = spawnSync(process.execPath, [vitest, ...files], {
  cwd: project,
  stdio: "inherit",
  env: { ...process.env, VW_PYTHON: python },
});
process.exit(run.status ?? 1);
