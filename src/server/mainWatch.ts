/** Takes a canary back when the log says that it is worse. Every server looks; the first that writes the labels did it. */
import { isWorse, trialOf } from "../core/variants/trial.ts";
import type { AppPorts } from "./ports.ts";

const LOOK_MS = 1_000;

export type WatchPorts = Pick<AppPorts, "policies" | "replica" | "models" | "modelAdmin" | "metrics" | "log">;

/** Looks once a second; cost while no policy has a canary: a lookup a policy. */
export function startCanaryWatch(ports: WatchPorts): { close(): void } {
  const taken = ports.metrics.counter({
    name: "brigand_canary_rollbacks_total",
    help: "Canaries that were taken back because they were worse.",
    labels: ["policy"],
  });
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    for (const policy of ports.policies.list()) if (await lookAt(policy, ports)) taken.with(policy).add();
    looking = false;
  }, LOOK_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

/** Whether this look took the canary back. Never rejects. */
export async function lookAt(policy: string, ports: Omit<WatchPorts, "policies" | "metrics">): Promise<boolean> {
  const canary = ports.models.canary?.(policy);
  if (canary === undefined) return false;
  const result = trialOf(ports.replica.state(policy).experiment, canary);
  const reason = result && isWorse(result);
  if (reason === undefined) return false;
  try {
    await ports.modelAdmin.label(policy, { canary: null }, `canary ${canary.version} taken back: ${reason}`);
    ports.log.warn({ policy, version: canary.version, reason }, "a canary was taken back");
    return true;
  } catch (err) {
    ports.log.warn({ policy, err }, "a canary could not be taken back by this process");
    return false;
  }
}
