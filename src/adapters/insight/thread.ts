/** The thread that folds and draws for the page: started by `threaded.ts` on the first look, ended when nobody looks. */
import { parentPort, workerData } from "node:worker_threads";
import { layoutOf } from "../fs/layout.ts";
import { FoldingInsight } from "./folding.ts";
import type { FromThread, ThreadData, ToThread } from "./messages.ts";
import { redisNumbers } from "./queues.ts";

function run(data: ThreadData): void {
  const layout = layoutOf(data.dataDir, data.workspace);
  const { redisUrl, workspace, policiesMax, logBytesMax } = data;
  const redis = redisUrl === undefined ? undefined : redisNumbers({ redisUrl, workspace });
  const insight = new FoldingInsight({ layout, policiesMax, logBytesMax, redis });
  const tell = (message: FromThread) => parentPort?.postMessage(message);
  const answer = ({ kind, asked }: ToThread) => {
    if (kind === "overview") return insight.overview(asked);
    if (kind === "chart") return insight.chart(asked);
    if (kind === "forget") return insight.forget(asked);
    return insight.redis();
  };
  parentPort?.on("message", (message: ToThread) => {
    answer(message).then(
      (value) => tell({ id: message.id, value }),
      (error: unknown) => tell({ id: message.id, problem: error instanceof Error ? error.message : String(error) }),
    );
  });
}

run(workerData as ThreadData);
