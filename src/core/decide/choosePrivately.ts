/** A private draw: who it may be personal for, and what of it goes into the log. */
import { BrigandError } from "../errors.ts";
import type { Scores } from "../explore/explorer.ts";
import { rankPrivately } from "../privacy/rank.ts";
import type { NoiseWords } from "../privacy/words.ts";
import type { PolicySettings } from "../settings/policy.ts";
import type { Arm } from "../variants/arms.ts";
import type { Candidates } from "./candidates.ts";
import type { Chosen } from "./choose.ts";
import type { RankRequest } from "./rankRequest.ts";

/** Purpose of consent without which the private residual is zero. */
export const SERVE_PERSONALISED = "serve_personalised";

/** Whether the request's private data may act: for a user that is named, and consents as far as the policy asks. */
export function isPersonal({ user, consent }: RankRequest, { privacy }: PolicySettings): boolean {
  if (user === undefined) return false;
  return consent === undefined ? !privacy.consentRequired : consent.includes(SERVE_PERSONALISED);
}

/**
 * The private draw. Where the words fail, the public order with reason "noise": nothing was drawn.
 * @param input words: fresh ones of the operating system, six a slot (`ports.random.noise`).
 * @throws CB_NOISE_MISSING, CB_PINS_INVALID
 */
export function drawnPrivately(
  arm: Arm,
  candidates: Candidates,
  input: { readonly scores: Scores; readonly personal: boolean; readonly words: NoiseWords },
): Chosen {
  const { personal, words } = input;
  const { score, publicScore } = input.scores;
  // Scores that hide nothing must not be taken for public ones.
  if (publicScore === undefined) throw new BrigandError("CB_NOISE_MISSING", { came: "no public scores came" });
  const { slots, pins } = candidates;
  const list = rankPrivately({
    scores: { score, publicScore },
    parameters: arm.parameters,
    personal,
    slots,
    pins,
    words,
  });
  const { epsilon, failed, propensity } = list;
  const noise = { words: words.hex, weight: list.weight, sum: list.sum, personal, epsilon };
  const shown = { slots: list.slots, propensity, floor: 0, noise };
  return failed ? { served: "degraded", reason: "noise", ...shown } : { served: "model", ...shown };
}
