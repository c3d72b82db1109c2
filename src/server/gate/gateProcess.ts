/** Judges versions in a process of its own, off the path of rankings. */

import type { Layout } from "../../adapters/fs/layout.ts";
import { firstPosition, listSegments } from "../../adapters/fs/segments.ts";
import { BrigandError } from "../../core/errors.ts";
import type { GateQuestion, Judged, JudgeVersion } from "../../ports/gate.ts";
import { runApart } from "../models/apart.ts";

/** What the process is told. */
export interface GateInput {
  readonly dataDir: string;
  readonly workspace: string;
  readonly question: GateQuestion;
  readonly callMsMax: number;
  readonly lossMax: number;
  readonly logBytesMax: number;
}

export interface GateBounds {
  readonly gateMs: number;
  readonly gateLossMax: number;
  readonly gateLogBytesMax: number;
  readonly modelCallMsMax: number;
  readonly modelMemoryBytesMax: number;
}

/** The built `gateMain.js` beside this file, or `main` in its place. One version at a time. */
export function judgeOf(
  layout: Pick<Layout, "dataDir" | "workspace" | "joinedOf">,
  bounds: GateBounds,
  main: URL = new URL("./gateMain.js", import.meta.url),
): JudgeVersion {
  let running = false;
  return async (question) => {
    if (isEmpty(layout.joinedOf(question.policy))) return nothingJoined(question, bounds.gateLossMax);
    if (running) throw new BrigandError("CB_GATE_BUSY");
    running = true;
    try {
      return await judgeApart(question, { layout, bounds, main });
    } finally {
      running = false;
    }
  };
}

async function judgeApart(
  question: GateQuestion,
  by: { readonly layout: Pick<Layout, "dataDir" | "workspace">; readonly bounds: GateBounds; readonly main: URL },
): Promise<Judged> {
  const { gateMs, gateLossMax, gateLogBytesMax, modelCallMsMax, modelMemoryBytesMax } = by.bounds;
  const { dataDir, workspace } = by.layout;
  const input: GateInput = {
    ...{ dataDir, workspace, question },
    ...{ callMsMax: modelCallMsMax, lossMax: gateLossMax, logBytesMax: gateLogBytesMax },
  };
  const failed = (problem: string) => new BrigandError("CB_GATE_FAILED", { problem });
  const done = await runApart({
    main: by.main,
    input: [JSON.stringify(input)],
    msMax: gateMs,
    memoryBytesMax: modelMemoryBytesMax,
    slow: () => failed(`it took longer than ${gateMs} ms`),
    large: () => new BrigandError("CB_MODEL_MEMORY_EXCEEDED", { maximum: modelMemoryBytesMax }),
    failed,
  });
  return done as Judged;
}

/** Nothing was ever joined: no decision can have closed. */
function isEmpty(joined: string): boolean {
  return firstPosition(joined) === 0 && listSegments(joined).every(({ empty }) => empty);
}

function nothingJoined({ version, against }: GateQuestion, lossMax: number): Judged {
  const reasons = ["the policy has no closed decision to compare with"];
  return {
    version,
    against,
    verdict: "nothing",
    reasons,
    decisions: 0,
    subjects: 0,
    unseen: false,
    leftOut: {},
    lossMax,
  };
}
