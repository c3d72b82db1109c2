/** Vowpal Wabbit on the same rows in the same order, from a virtual environment of Python's that is made when missing. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PACKAGE = "vowpalwabbit==9.11.9";

/** Losses by seed of each configuration; none, with a word why, where there is no Python or no package. */
export function peersOf(table, seeds, { project, learning }) {
  const folder = mkdtempSync(join(tmpdir(), "brigand-learning-"));
  try {
    const python = pythonOf(join(project, ".prepare", "vw"), [PACKAGE], "vowpalwabbit");
    for (const seed of seeds)
      writeFileSync(join(folder, `${seed}.vw`), linesOf(table, learning.shuffled(table.rows.length, seed)));
    const script = join(import.meta.dirname, "learning_vw.py");
    const args = [script, folder, String(table.classes.length), seeds.join(",")];
    return JSON.parse(execFileSync(python, args, { encoding: "utf8", maxBuffer: 1 << 26 }));
  } catch (error) {
    process.stderr.write(`Vowpal Wabbit is left out: ${String(error.message).split("\n")[0]}\n`);
    return [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A Python that has the packages: a virtual environment, made when missing. @param modules what they are imported as */
export function pythonOf(environment, packages, modules) {
  const python = join(environment, "bin", "python");
  if (!existsSync(python)) execFileSync("python3", ["-m", "venv", environment], { stdio: "ignore" });
  try {
    execFileSync(python, ["-c", `import ${modules}`], { stdio: "ignore" });
  } catch {
    execFileSync(python, ["-m", "pip", "install", "--quiet", ...packages], { stdio: "ignore" });
  }
  return python;
}

/** Names of features are texts: with numbers, neighbours of different actions would share a weight. */
function linesOf({ rows, labels }, order) {
  const lines = order.map((row) => {
    const features = rows[row].flatMap((value, j) => (Number.isFinite(value) && value !== 0 ? [`x${j}:${value}`] : []));
    return `${labels[row] + 1} | ${features.join(" ")}`;
  });
  return `${lines.join("\n")}\n`;
}

/** Losses of another run's file, kept with the measurements. */
export function recordedOf(set, file) {
  const results = file.sets?.[set]?.results;
  if (results === undefined) return [];
  return Object.entries(results).flatMap(([name, runs]) =>
    runs.map(({ lr, encoding, tuned, per_seed: losses }) => ({
      name: `vw ${name} ${encoding} lr ${lr}${tuned ? " (tuned)" : ""}`,
      losses,
    })),
  );
}
