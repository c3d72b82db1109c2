/** brigand models verify: every published version as a server would check it, and the signatures of pushed ones. */
import { join } from "node:path";
import { trustedKeys } from "../../adapters/crypto/modelSigning.ts";
import { layoutOf } from "../../adapters/fs/layout.ts";
import { modelStore } from "../../adapters/fs/modelStore.ts";
import { loadModel } from "../../adapters/onnx/session.ts";
import { BrigandError } from "../../core/errors.ts";
import { signedText } from "../../core/model/signing.ts";
import { warmUp } from "../../server/models/warm.ts";
import { printJson, printLine } from "../output.ts";
import { configFrom } from "../settings.ts";

interface Options {
  readonly policy?: string;
  readonly json?: boolean;
  readonly [name: string]: unknown;
}

/** @throws CB_MODELS_DAMAGED after all were told, where one is not as it was published. */
export async function verifyModels(options: Options): Promise<void> {
  const config = configFrom(options);
  const layout = layoutOf(config.dataDir, config.workspace);
  const store = modelStore({ folder: join(layout.root, "models") });
  const keys = trustedKeys(join(layout.secret, "model-keys"));
  let wrong = 0;
  for (const line of await store.policies()) {
    if (options.policy !== undefined && line !== options.policy && !line.startsWith(`${options.policy}.`)) continue;
    for (const version of await store.versions(line)) {
      const problem = await problemOf(async () => {
        const bundle = await store.read(line, version);
        const { signature } = bundle.manifest;
        if (signature !== undefined) keys.check(signedText(bundle.manifest), signature);
        const model = await loadModel(bundle);
        await warmUp(model, bundle.golden).finally(() => model.retire());
      });
      if (problem !== undefined) wrong++;
      if (options.json === true) printJson({ policy: line, version, ok: problem === undefined, problem });
      else printLine(`${line}/${version}: ${problem ?? "as it was published"}`);
    }
  }
  if (wrong > 0) throw new BrigandError("CB_MODELS_DAMAGED", { n: wrong });
}

async function problemOf(task: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await task();
    return undefined;
  } catch (error) {
    return error instanceof BrigandError ? `${error.code}: ${error.message}` : String(error);
  }
}
