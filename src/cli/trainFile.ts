/** brigand train FILE: what it learned, how well it predicted on the way, and how fast it was. */
import { mkdirSync } from "node:fs";
import { systemClock } from "../adapters/system/clock.ts";
import { BrigandError } from "../core/errors.ts";
import { audited } from "./access/audited.ts";
import { printJson, printLine, printNote } from "./output.ts";
import { startProgress } from "./progress.ts";
import { configFrom } from "./settings.ts";

interface Options {
  readonly policy?: string;
  readonly json?: boolean;
  readonly format: string;
  readonly [name: string]: unknown;
}

type Report = Awaited<ReturnType<typeof import("../../workers/retrain/trainFile.ts").trainFile>>;

/** @throws CB_COMMAND_FAILED where nothing of the file could be learned from */
export async function trainFromFile(path: string, options: Options): Promise<void> {
  const { policy = "default", json, format } = options;
  const config = configFrom(options);
  const { trainFile } = await import("../../workers/retrain/trainFile.ts");
  mkdirSync(config.dataDir, { recursive: true });
  const progress = startProgress({ title: "learning", total: 100, unit: "%", json });
  const onProgress = (share: number, decisions: number) => progress.update(100 * share, `${decisions} decisions`);
  const act = { act: "train", target: `${path.slice(-300)} --policy ${policy}` };
  const report = await audited(config, act, () =>
    trainFile({ config, policy, path, format, clock: systemClock, onProgress }),
  );
  progress.end();
  if (json === true) printJson(report);
  else print(report);
  if (report.version === null) {
    const problem = "no line of the file could be learned from";
    throw new BrigandError("CB_COMMAND_FAILED", { problem }, "Compare a line with docs/formats.md.");
  }
}

function print(report: Report): void {
  const { policy, version, format, decisions, events, rows, skipped, unlabelled, refused } = report;
  for (const [code, { n, firstLines, message }] of Object.entries(report.refusedByCode)) {
    printNote(`${n} lines refused, the first ${firstLines.join(", ")}: ${code}: ${message}`);
  }
  const { progressiveLoss, lossOfMean, meanReward, seconds, decisionsPerSecond, rowsPerSecond, memoryBytes } = report;
  printLine(`${policy}: ${version === null ? "nothing learned" : `version ${version}`} from ${format}`);
  printLine(
    `  ${decisions} decisions, ${events} events, ${rows} rows learned; ${skipped} not to be learned, ${unlabelled} without a reward, ${refused} lines refused`,
  );
  if (progressiveLoss !== null && lossOfMean !== null && meanReward !== null) {
    printLine(
      `  progressive loss ${progressiveLoss.toPrecision(5)} (mean squared error before each row was learned; the mean reward alone: ${lossOfMean.toPrecision(5)}); mean reward ${meanReward.toPrecision(5)}`,
    );
  }
  printLine(
    `  ${seconds.toFixed(2)} s: ${decisionsPerSecond} decisions/s, ${rowsPerSecond} rows/s, ${(memoryBytes / 1e6).toFixed(0)} MB at most`,
  );
}
