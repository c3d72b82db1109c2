/** How V8 collects garbage in a process that answers requests. */
import { setFlagsFromString } from "node:v8";

/**
 * To be called before the first request; V8 reads these flags as it goes, so they may be set while running.
 *
 * Young objects are collected by the thread that made them. A ranking leaves 30 kB of them and next to nothing that
 * lives on, so V8's helper threads find little to do, wake up all the same, and take a tenth of the CPU from whatever
 * else runs on the machine.
 *
 * Every object begins young. What requests make of candidates lives on while they say the same again and again; V8
 * concludes that such objects are best made old at once, and keeps to that when each request says something new: they
 * then die among the old ones, hold young ones until everything is marked, and a ranking takes half as much CPU again.
 */
export function collectYoungAlone(): void {
  setFlagsFromString("--no-parallel-scavenge");
  setFlagsFromString("--no-allocation-site-pretenuring");
}
