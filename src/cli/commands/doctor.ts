/** brigand doctor: what this machine has and lacks. */
import type { Command } from "commander";
import { printJson, printNote, printTable } from "../output.ts";
import { configFrom, withServerSettings } from "../settings.ts";

const signs = { ok: "ok", warn: "WARN", fail: "FAIL" } as const;

export function register(program: Command): void {
  const command = program
    .command("doctor")
    .description("Check Node, build, data folder, fsync, Redis, native libraries, port, disk and keys")
    .option("--json", "the findings as one line of JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ brigand doctor
  $ DATA_DIR=/srv/brigand brigand doctor --json

Exit code 1 when something that Brigand needs is missing; a warning leaves it at 0.`,
    );
  withServerSettings(command).action(async (options: { readonly json?: boolean; readonly [name: string]: unknown }) => {
    const { examine } = await import("../doctor/checks.ts");
    const findings = await examine(configFrom(options));
    const failed = findings.filter((finding) => finding.verdict === "fail").length;
    if (failed > 0) process.exitCode = 1;
    if (options.json === true) {
      printJson({ ok: failed === 0, findings });
      return;
    }
    printTable([
      ["check", "", "found", "what to do"],
      ...findings.map((finding) => [finding.name, signs[finding.verdict], finding.found, finding.hint ?? ""]),
    ]);
    printNote(failed === 0 ? "\nReady to start." : `\n${failed} of ${findings.length} checks failed.`);
  });
}
