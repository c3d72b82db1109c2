/**
 * The process that judges a version: one line of JSON by stdin, one by stdout. It reads models and log and writes
 * nothing; `gateProcess.ts` starts it, bounds it and ends it.
 */
import { join } from "node:path";
import { decisionLog } from "../../adapters/fs/decisionLog.ts";
import { type Layout, layoutOf } from "../../adapters/fs/layout.ts";
import { modelStore } from "../../adapters/fs/modelStore.ts";
import { newestSince } from "../../adapters/fs/newestSince.ts";
import { loadModel } from "../../adapters/onnx/session.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import { unseenFrom } from "../../core/gate/unseen.ts";
import type { Judged } from "../../ports/gate.ts";
import { answerApart, inputApart } from "../models/apart.ts";
import { checkModel } from "../models/check.ts";
import { readSeed } from "../models/seed.ts";
import type { GateInput } from "./gateProcess.ts";
import { judgeLog } from "./judgeLog.ts";

const input: GateInput = JSON.parse((await inputApart()).toString());
await answerApart(() => judge(input));

async function judge({ dataDir, workspace, question, callMsMax, lossMax, logBytesMax }: GateInput): Promise<Judged> {
  const { policy, version, against, variants } = question;
  const layout = layoutOf(dataDir, workspace);
  const bundle = await bundleOf(layout, policy, version);
  const { callMs } = await checkModel(bundle, { load: loadModel, clock: systemClock, callMsMax });
  const unseen = unseenFrom(bundle.manifest);
  const newest = await newestSince(layout, policy, logBytesMax);
  const from = Math.max(newest ?? 0, unseen ?? 0);
  const [current, candidate] = [await loadModel(await bundleOf(layout, policy, against)), await loadModel(bundle)];
  const entries = decisionLog(layout).entries({ policies: [policy], from });
  const found = await judgeLog({ entries, current, candidate, variants, lossMax });
  await Promise.all([current.retire(), candidate.retire()]);
  const memoryBytes = process.resourceUsage().maxRSS * 1024;
  return { version, against, unseen: unseen !== undefined, callMs, memoryBytes, ...found };
}

function bundleOf(layout: Layout, policy: string, version: number) {
  return version === 0 ? readSeed() : modelStore({ folder: join(layout.root, "models") }).read(policy, version);
}
