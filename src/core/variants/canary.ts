/**
 * A canary: a sticky share of the units that an arm serves by its stable model gets another version. The share is drawn
 * by a hash of its own, inside the arm, so variants of an experiment stay what they are.
 *
 * In answers and log lines the variant of such a decision is `<arm>:<version>.<since>`; `since` is the generation of the
 * labels in which the canary began, so another share, or the same version tried again, is another comparison.
 */
import { murmur3 } from "../math/murmur3.ts";
import type { Canary } from "../model/labels.ts";
import type { Arm } from "./arms.ts";

const TWO_32 = 2 ** 32;
const TOLD = /^(.+):(\d+)\.(\d+)$/;

/**
 * Whether the unit is in the share. Pure: every process says the same. Growing shares keep who is in. Version 0 is the
 * policy's mode: who gets any model at all.
 */
export function isInCanary(unit: string, policy: string, { version, share }: Omit<Canary, "since">): boolean {
  const seed = murmur3(`canary\u0000${policy}\u0000${version}`, 0);
  return (murmur3(unit, seed) + 0.5) / TWO_32 < share;
}

/** The arm as the canary serves it. */
export function canaryArm(arm: Arm, { version, since }: Canary): Arm {
  return { ...arm, variant: `${arm.variant}:${version}.${since}`, model: { line: arm.model.line, version } };
}

export interface CanaryName {
  readonly arm: string;
  readonly version: number;
  readonly since: number;
}

/** What a variant's name says of a canary; undefined for a variant that is none. */
export function canaryNamed(variant: string): CanaryName | undefined {
  const told = variant.includes(":") ? TOLD.exec(variant) : null;
  return told === null ? undefined : { arm: told[1], version: Number(told[2]), since: Number(told[3]) };
}
