/** The measured server: the built product with its stages counted, in a process of its own. */
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { answer } from "./processes.mjs";

const dist = process.env.BENCH_DIST;
const load = (path) => import(pathToFileURL(join(dist, path)).href);
const { serve } = await load("src/server/main.js");
const { loadConfig } = await load("src/config.js");

let serving;
const inspector = new Session();
answer(
  {
    async listen({ dataDir, logLevel }) {
      serving = await serve(loadConfig({}, { dataDir, logLevel, port: 0, shownMax: 50_000 }), { stages: true });
      return { url: serving.url, port: Number(new URL(serving.url).port) };
    },
    async usage() {
      const { user, system } = process.cpuUsage();
      return { cpuMicros: user + system };
    },
    async profile() {
      inspector.connect();
      await inspector.post("Profiler.enable");
      await inspector.post("Profiler.setSamplingInterval", { interval: 200 });
      await inspector.post("Profiler.start");
    },
    /** @param path of a .cpuprofile */
    async profiled(path) {
      const { profile } = await inspector.post("Profiler.stop");
      writeFileSync(path, JSON.stringify(profile));
    },
    async stages() {
      const { count } = serving.stages;
      const mean = serving.stages.mean();
      serving.stages.reset();
      return { count, mean };
    },
  },
  async () => serving?.close(),
);
