/** How V8 collects garbage in a process that answers requests. */
import { setFlagsFromString } from "node:v8";

/**
 * Young objects are collected by the thread that made them. A ranking leaves 30 kB of them and next to nothing that
 * lives on, so V8's helper threads find little to do, wake up all the same, and take a tenth of the CPU from whatever
 * else runs on the machine. V8 reads the flag at each collection, so it may be set while running.
 */
export function collectYoungAlone(): void {
  setFlagsFromString("--no-parallel-scavenge");
}
