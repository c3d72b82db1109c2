/**
 * The process that runs a pushed model once: from stdin a line of JSON and the model's bytes, to stdout one line of
 * JSON. It opens nothing and writes nothing; `checkProcess.ts` starts it, bounds it and ends it.
 */

import { loadModel } from "../../adapters/onnx/session.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import type { ToCheck } from "../../ports/models.ts";
import { answerApart, inputApart } from "./apart.ts";
import { checkModel } from "./check.ts";

const input = await inputApart();
const end = input.indexOf(10);
const { callMsMax, ...told }: Omit<ToCheck, "model"> & { callMsMax: number } = JSON.parse(
  input.subarray(0, end).toString(),
);
const model = new Uint8Array(input.subarray(end + 1));
await answerApart(() => checkModel({ ...told, model }, { load: loadModel, clock: systemClock, callMsMax }));
