/**
 * A pushed model from its bytes to a version that serves: read and checked without ONNX Runtime, its signature, one run
 * in a process of its own, published whole, labelled. Whatever is refused leaves the disk and what serves as they were.
 */
import { FIRST_COLUMNS } from "../core/features/schema.ts";
import { type LabelChange, labelled } from "../core/model/labels.ts";
import { MODEL_FILE } from "../core/model/manifest.ts";
import { readMultipart } from "../core/model/multipart.ts";
import { type Pushed, readPushed } from "../core/model/pushed.ts";
import { schemaText } from "../core/model/schemaText.ts";
import { signedText } from "../core/model/signing.ts";
import { readTar } from "../core/model/tar.ts";
import type { PolicySettings } from "../core/settings/policy.ts";
import type { ModelAdmin } from "../ports/models.ts";
import { promote } from "./gate/promotion.ts";
import type { AppPorts } from "./ports.ts";

export const LABELS = ["stable", "canary", "shadow", "none"] as const;

export interface PushedTo {
  readonly policy: string;
  /** Absent: the next one. */
  readonly version?: number;
  readonly label: (typeof LABELS)[number];
  /** Of the subjects, for a canary. */
  readonly share: number;
  /** Whether it is labelled though the gate refuses. */
  readonly force: boolean;
}

export interface Accepted {
  readonly policy: string;
  readonly version: number;
  readonly sha256: string;
  readonly columns: number;
  /** Of a call with 100 candidates. */
  readonly callMs: number;
  readonly label: PushedTo["label"];
}

/** The files of a body. @throws CB_BUNDLE_… */
export function filesOf(body: Uint8Array, contentType: string): ReadonlyMap<string, Uint8Array> {
  return contentType.startsWith("multipart/") ? readMultipart(body, contentType) : readTar(body);
}

/**
 * @throws what `readPushed` throws, CB_MODEL_UNSIGNED …, CB_PUSH_BUSY, CB_MODEL_VERSION_TAKEN, CB_MODEL_PUBLISH_FAILED;
 * CB_GATE_… when it is published and serves nobody: pushing it again, or labelling it, asks the gate again
 */
export async function acceptPush(
  files: ReadonlyMap<string, Uint8Array>,
  to: PushedTo,
  { admin, ports, settings }: PushParts,
): Promise<Accepted> {
  const { policy } = to;
  const schema = columnsOf(ports, policy);
  const pushed = readPushed(files, { policy, schema, sha256: (bytes) => admin.sha256(bytes) });
  const sha256 = admin.sha256(pushed.model);
  const schemaHash = admin.sha256(new TextEncoder().encode(schemaText(pushed.columns)));
  admin.trust(signedText({ policy, schemaHash, files: { [MODEL_FILE]: sha256 } }), pushed.card.signature);
  const { own } = pushed.card;
  const { golden, callMs } = await admin.check({
    model: pushed.model,
    manifest: { version: to.version ?? 1, columns: [...pushed.columns], own },
    golden: pushed.golden,
  });
  const version = await admin.publish({
    draft: draftOf(pushed, { policy, ports, callMs }),
    model: pushed.model,
    golden,
    version: to.version,
  });
  await admin.poll(policy);
  const reason = `pushed as ${to.label}`;
  if (to.label !== "none")
    await promote({ policy, settings, change: changeFor(to, version), reason, force: to.force }, ports);
  await admin.prune(policy, admin.versionsKept, { except: labelled(admin.labels(policy)) });
  return { policy, version, sha256, columns: pushed.columns.length, callMs, label: to.label };
}

export interface PushParts {
  readonly admin: ModelAdmin;
  readonly ports: AppPorts;
  readonly settings: PolicySettings;
}

/** A policy without decisions will begin with these. */
export function columnsOf({ replica }: Pick<AppPorts, "replica">, policy: string): readonly string[] {
  const { columns } = replica.state(policy).schema;
  return columns.length > 0 ? columns : FIRST_COLUMNS;
}

function changeFor({ label, share }: PushedTo, version: number): LabelChange {
  if (label === "canary") return { canary: { version, share } };
  return label === "shadow" ? { shadow: version } : { stable: version };
}

function draftOf({ card, columns }: Pushed, by: { policy: string; ports: AppPorts; callMs: number }) {
  const { policy, ports, callMs } = by;
  return {
    policy,
    workspace: ports.workspace,
    created: card.created ?? new Date(ports.clock.now()).toISOString(),
    creator: card.creator ?? "pushed",
    pushed: true,
    learnedThrough: card.learnedThrough ?? card.created,
    columns: [...columns],
    logPosition: card.logPosition ?? 0,
    cataloguePosition: card.cataloguePosition ?? 0,
    rows: card.rows ?? 0,
    own: card.own,
    crosses: card.crosses,
    signature: card.signature,
    learner: card.learner ?? {},
    metrics: { ...card.metrics, callMs },
  };
}
