/** brigand import: events of another system into a policy's log, once each. */
import { mkdirSync } from "node:fs";
import { type Command, Option } from "commander";
import { systemClock } from "../../adapters/system/clock.ts";
import type { Config } from "../../config.ts";
import { BrigandError } from "../../core/errors.ts";
import { formatNames } from "../../core/formats/formats.ts";
import { audited } from "../access/audited.ts";
import { printJson, printLine, printNote } from "../output.ts";
import { startProgress } from "../progress.ts";
import { configFrom, withSettings } from "../settings.ts";

interface Options {
  readonly policy: string;
  readonly json?: boolean;
  readonly format: string;
}

/** Bad lines that are named one by one; the rest is counted. */
const NAMED_MAX = 20;

export function register(program: Command): void {
  withSettings(
    program
      .command("import")
      .description(
        "Read a file of logs or events into a policy's log: VW dsjson and text, OBP CSV, Metarank, our own lines",
      )
      .argument("<file>", "the file, as it is or gzipped (.gz)")
      .addOption(
        new Option(
          "--policy <name>",
          "the policy that learns from them; made where it does not exist",
        ).makeOptionMandatory(),
      )
      .addOption(
        new Option("--format <name>", "of the file; auto: told from its first lines")
          .choices(["auto", ...formatNames])
          .default("auto"),
      )
      .addOption(new Option("--json", "one JSON object at the end")),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ brigand import events.jsonl.gz --policy movies
  $ brigand import more.jsonl --policy movies --data-dir /srv/brigand
  $ brigand import decisions.dsjson.gz --policy home

Each event or decision is taken once, by its id, however often a file is imported. docs/formats.md tells what each format
can hold. Bad lines are named and left out. It works with
and without a running server; a running one knows the new items and rates within a second. Then: brigand train.`,
    )
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const config = configFrom({ ...options });
  const [{ importFile }, { formatOfFile }, { readEventBytes, readEventFile }] = await Promise.all([
    import("../../../workers/import/importFile.ts"),
    import("../../../workers/import/fileEntries.ts"),
    import("../../adapters/fs/eventFile.ts"),
  ]);
  mkdirSync(config.dataDir, { recursive: true });
  const { json } = options;
  const bars = {
    reading: startProgress({ title: "reading", total: 100, unit: "%", json }),
    joining: undefined as ReturnType<typeof startProgress> | undefined,
  };
  let named = 0;
  const format = await formatOfFile(file, options.format);
  const act = { act: "import", target: `${file.slice(-300)} --policy ${options.policy}` };
  const work = () =>
    importFile({
      config,
      policy: options.policy,
      format,
      batches: readEventFile(file),
      bytes: readEventBytes(file),
      clock: systemClock,
      onRead: (share, events) => bars.reading.update(100 * share, `${events} events`),
      onJoined: (share) => {
        bars.joining ??= (bars.reading.end(), startProgress({ title: "joining", total: 100, unit: "%", json }));
        bars.joining.update(100 * share);
      },
      refused: (line, error) => {
        if (named++ < NAMED_MAX) printNote(`line ${line}: ${error.code}: ${error.message}`);
      },
    });
  const report = await audited(config, act, work);
  bars.joining?.end();
  tell(report, options, config);
}

function tell(
  report: Awaited<ReturnType<typeof import("../../../workers/import/importFile.ts").importFile>>,
  { json, policy }: Options,
  { dataDir }: Config,
): void {
  if (json === true) printJson(report);
  else {
    const { accepted, repeated, rejected, unlearnable, format, seconds, eventsPerSecond, joined, memoryBytes } = report;
    const megabytes = (memoryBytes / 1e6).toFixed(0);
    printLine(
      `${accepted} events into ${policy}, ${repeated} known before, ${rejected} refused, ${unlearnable} without a reward; joined ${joined}. Format ${format}.`,
    );
    printLine(
      `${seconds.toFixed(2)} s from the first byte to the last event in the features: ${eventsPerSecond} events/s, ${megabytes} MB at most.`,
    );
    printLine(`Data folder: ${dataDir}`);
  }
  if (report.rejected > 0 && report.accepted + report.repeated === 0) {
    throw new BrigandError(
      "CB_COMMAND_FAILED",
      { problem: "no line of the file was an event or a decision" },
      "Compare a line with docs/formats.md.",
    );
  }
}
