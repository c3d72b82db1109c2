/** Lets go of what this process holds of policies that were removed. */
import type { PolicyStore } from "../ports/policies.ts";

const LOOK_MS = 250;
/** What goes away may come in once more while its folders are being deleted: it is forgotten again for so long. */
const AGAIN_LOOKS = 120;

export interface Forgetting {
  readonly replica: { forget(policy: string): void };
  readonly models: { forget(policy: string): Promise<void> };
  readonly insight: { forget(policy: string): Promise<void> };
  readonly failed: (error: unknown) => void;
}

/** Looks four times a second; cost: a comparison of a number while nothing changes. */
export function startForgetting(
  policies: PolicyStore,
  { replica, models, insight, failed }: Forgetting,
): { close(): void } {
  let version = policies.version;
  let known: readonly string[] = policies.list();
  const going = new Map<string, number>();
  const timer = setInterval(() => {
    if (policies.version !== version) {
      version = policies.version;
      const now = policies.list();
      for (const name of known) if (!now.includes(name)) going.set(name, AGAIN_LOOKS);
      for (const name of now) going.delete(name);
      known = now;
    }
    for (const [name, looks] of going) {
      replica.forget(name);
      models.forget(name).catch(failed);
      insight.forget(name).catch(failed);
      if (looks > 1) going.set(name, looks - 1);
      else going.delete(name);
    }
  }, LOOK_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
