/**
 * The process that runs a pushed model once: from stdin a line of JSON and the model's bytes, to stdout one line of
 * JSON. It opens nothing and writes nothing; `checkProcess.ts` starts it, bounds it and ends it.
 */

import { loadModel } from "../../adapters/onnx/session.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import { BrigandError } from "../../core/errors.ts";
import type { ToCheck } from "../../ports/models.ts";
import { checkModel } from "./check.ts";

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
process.stdout.write(`${JSON.stringify(await answerTo(Buffer.concat(chunks)))}\n`);

async function answerTo(input: Buffer): Promise<unknown> {
  const end = input.indexOf(10);
  const { callMsMax, ...told }: Omit<ToCheck, "model"> & { callMsMax: number } = JSON.parse(
    input.subarray(0, end).toString(),
  );
  const model = new Uint8Array(input.subarray(end + 1));
  try {
    return { checked: await checkModel({ ...told, model }, { load: loadModel, clock: systemClock, callMsMax }) };
  } catch (error) {
    if (!(error instanceof BrigandError)) throw error;
    return { code: error.code, message: error.message, hint: error.hint };
  }
}
