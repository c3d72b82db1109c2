/** brigand settings: every setting and bound with its default. */
import type { Command } from "commander";
import { settingRows } from "../../config.ts";
import { printJson, printTable } from "../output.ts";

export function register(program: Command): void {
  program
    .command("settings")
    .description("List every setting and bound: name, environment variable, default, unit, meaning")
    .option("--json", "the same as one line of JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  $ brigand settings\n  $ WAL_BYTES_MAX=1000000000 brigand start\n  $ brigand start --set walBytesMax=1000000000",
    )
    .action((options: { readonly json?: boolean }) => {
      if (options.json === true) {
        printJson(settingRows);
        return;
      }
      const rows = settingRows.map((row) => [
        row.name,
        row.variable,
        String(row.default ?? "none"),
        row.unit ?? "",
        row.description,
      ]);
      printTable([["setting", "variable", "default", "unit", "meaning"], ...rows]);
    });
}
