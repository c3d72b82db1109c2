/**
 * Every path under DATA_DIR. The workspace `default` lives at DATA_DIR itself, others below it:
 *
 *   DATA_DIR/[workspaces/<name>/]
 *     wal/<policy>/<server>-<epoch>/<base>.seg     raw records, one stream a server process
 *     joined/<policy>/<base>-<fence>.seg           operations
 *     lease/<policy>/lease-<fence>                 who joins the policy
 *     access/keys/<id>.json  access/audit/<month>.jsonl
 *     snapshots/<policy>/  models/<policy>/<version>/  train/<policy>/  interactions/  policies/
 *     embeddings/<policy>/<version>/               item vectors for other programs
 *     evaluations/<policy>/<id>.json               offline evaluations that were asked for
 *   DATA_DIR/secret/  DATA_DIR/redis/  DATA_DIR/servers/   shared by the workspaces
 *
 * Names are checked here, so no name that came over the network leads out of its folder.
 */
import { join } from "node:path";
import { BrigandError } from "../../core/errors.ts";
import { CATALOGUE } from "../../ports/log.ts";

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const STREAM = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

export const DEFAULT_WORKSPACE = "default";

export interface Layout {
  readonly dataDir: string;
  readonly workspace: string;
  /** Where this workspace's folders stand. */
  readonly root: string;
  readonly wal: string;
  readonly snapshots: string;
  readonly interactions: string;
  readonly policies: string;
  readonly secret: string;
  readonly redis: string;
  readonly servers: string;
  /** Sockets of the server processes of this workspace. */
  readonly hints: string;
  walOf(policy: string): string;
  streamOf(policy: string, stream: string): string;
  joinedOf(policy: string): string;
  leaseOf(policy: string): string;
  snapshotsOf(policy: string): string;
  modelsOf(policy: string): string;
  trainOf(policy: string): string;
  embeddingsOf(policy: string): string;
  evaluationsOf(policy: string): string;
}

/** @throws CB_POLICY_NAME_INVALID from here for the workspace and from every `…Of` for a policy or stream. */
export function layoutOf(dataDir: string, workspace: string = DEFAULT_WORKSPACE): Layout {
  const isDefault = workspace === DEFAULT_WORKSPACE;
  const root = isDefault ? dataDir : join(dataDir, "workspaces", named(workspace, NAME));
  const below = (folder: string) => (policy: string) => join(root, folder, policyFolder(policy));
  const walOf = below("wal");
  return {
    dataDir,
    workspace,
    root,
    wal: join(root, "wal"),
    snapshots: join(root, "snapshots"),
    interactions: join(root, "interactions"),
    policies: join(root, "policies"),
    secret: join(dataDir, "secret"),
    redis: join(dataDir, "redis"),
    servers: join(dataDir, "servers"),
    hints: join(dataDir, "servers", "hints", workspace),
    walOf,
    streamOf: (policy, stream) => join(walOf(policy), named(stream, STREAM)),
    joinedOf: below("joined"),
    leaseOf: below("lease"),
    snapshotsOf: below("snapshots"),
    modelsOf: below("models"),
    trainOf: below("train"),
    embeddingsOf: below("embeddings"),
    evaluationsOf: below("evaluations"),
  };
}

/** Whether a folder's name can be a policy's (or the catalogue's). */
export function isPolicyFolder(name: string): boolean {
  return name === CATALOGUE || NAME.test(name);
}

/** Whether a folder's name can be a stream's. */
export function isStreamFolder(name: string): boolean {
  return STREAM.test(name);
}

function policyFolder(policy: string): string {
  return policy === CATALOGUE ? policy : named(policy, NAME);
}

function named(name: string, pattern: RegExp): string {
  if (!pattern.test(name)) throw new BrigandError("CB_POLICY_NAME_INVALID", { came: JSON.stringify(name) });
  return name;
}
