/**
 * Labels behind the gate: a version that is to serve, to everybody or to a canary's share, is judged by the newest log
 * first. Whatever goes back needs no judge: what serves, what has served as stable, taking a label away.
 */
import { BrigandError, type ErrorCode } from "../../core/errors.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import { isRefused, withTrial } from "../../core/gate/verdict.ts";
import type { LabelChange, Labels } from "../../core/model/labels.ts";
import type { PolicySettings } from "../../core/settings/policy.ts";
import { DEFAULT_VARIANT } from "../../core/settings/variants.ts";
import { trialOf } from "../../core/variants/trial.ts";
import type { AppPorts } from "../ports.ts";

export interface Promotion {
  readonly policy: string;
  readonly settings: Pick<PolicySettings, "variants">;
  readonly change: LabelChange;
  readonly reason: string;
  /** Whether it is labelled though the gate refuses. */
  readonly force?: boolean;
}

export type GatePorts = Pick<AppPorts, "judge" | "models" | "modelAdmin" | "replica" | "clock">;

/**
 * @throws CB_GATE_WORSE, CB_GATE_OPEN, CB_GATE_UNANSWERED, CB_GATE_BUSY, CB_GATE_FAILED, CB_MODEL_TOO_SLOW,
 * CB_MODEL_MEMORY_EXCEEDED, and as `ModelAdmin.label`; then nothing changes
 */
export async function promote(promotion: Promotion, ports: GatePorts): Promise<Labels> {
  const { policy, change, force = false } = promotion;
  const label = labelToJudge(promotion, ports);
  const judged = label === undefined ? undefined : await evidenceFor(label, promotion, ports);
  const refused = judged !== undefined && (judged.forced === true || isRefused(judged));
  if (refused && !force) throw refusal(judged);
  const evidence = refused ? { ...judged, forced: true } : judged;
  const reason = refused ? `forced: ${promotion.reason}` : promotion.reason;
  return ports.modelAdmin.label(policy, { ...change, evidence }, reason);
}

interface ToJudge {
  readonly label: Evidence["label"];
  readonly version: number;
}

function labelToJudge({ policy, change }: Promotion, { judge, models, modelAdmin }: GatePorts): ToJudge | undefined {
  if (judge === undefined) return undefined;
  const { serving } = models.status(policy);
  const { history, canary } = modelAdmin.labels(policy);
  const { stable } = change;
  if (typeof stable === "number" && stable !== serving && !history.includes(stable))
    return { label: "stable", version: stable };
  const version = change.canary?.version;
  if (version === undefined || version === serving || version === canary?.version) return undefined;
  return { label: "canary", version };
}

async function evidenceFor({ label, version }: ToJudge, promotion: Promotion, ports: GatePorts): Promise<Evidence> {
  const { policy, settings, force } = promotion;
  const against = ports.models.status(policy).serving;
  const variants = variantsOf(settings);
  try {
    const judged = await ports.judge?.({ policy, version, against, variants });
    if (judged === undefined) throw new BrigandError("CB_GATE_FAILED", { problem: "there is no gate" });
    const { canary } = ports.modelAdmin.labels(policy);
    const trial = canary?.version === version ? trialOf(ports.replica.state(policy).experiment, canary) : undefined;
    return { ...withTrial(judged, trial), label };
  } catch (error) {
    if (force !== true || !(error instanceof BrigandError)) throw error;
    const reasons = [`${error.code}: ${error.message}`];
    const nothing = { decisions: 0, subjects: 0, unseen: false, leftOut: {}, lossMax: 0 };
    return { version, against, label, verdict: "unanswered", forced: true, reasons, ...nothing };
  }
}

/** Those that the stable model serves. */
function variantsOf({ variants }: Promotion["settings"]): readonly string[] {
  if (variants.length === 0) return [DEFAULT_VARIANT];
  return variants.filter(({ model, learn }) => model === "stable" && learn !== "own").map(({ name }) => name);
}

const CODES: { readonly [verdict in Evidence["verdict"]]?: ErrorCode } = {
  worse: "CB_GATE_WORSE",
  open: "CB_GATE_OPEN",
};

function refusal({ verdict, version, against, reasons }: Evidence): BrigandError {
  const problem = reasons.join("; ");
  return new BrigandError(CODES[verdict] ?? "CB_GATE_UNANSWERED", { version, against, problem });
}
