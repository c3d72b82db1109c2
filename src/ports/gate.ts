/** Judging a version by the newest log before it serves. */
import type { Evidence } from "../core/gate/evidence.ts";

export interface GateQuestion {
  /** A line of versions that is called like its policy. */
  readonly policy: string;
  readonly version: number;
  /** What serves now. */
  readonly against: number;
  /** Variants whose decisions the label would change. */
  readonly variants: readonly string[];
}

/** What the log and one run of the model say; the label is the asker's. */
export type Judged = Omit<Evidence, "label" | "forced" | "trial">;

/** Adapter: `server/gate/gateProcess.ts`. @throws CB_GATE_BUSY, CB_GATE_FAILED, CB_MODEL_… when it must not serve */
export type JudgeVersion = (question: GateQuestion) => Promise<Judged>;
