/**
 * Changed labels from process to process of a machine, over unix sockets: <folder>/<pid>-<random>.sock, one a server
 * process. A hint carries the labels whole, so whoever hears it need not ask the disk. Hints may be lost: files are the
 * truth, and everybody goes on looking at them. Where the path is too long for a socket there are none.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { type Labels, labelsOf } from "../../core/model/labels.ts";
import type { LabelHints } from "../../ports/models.ts";

/** sun_path is 108 bytes with its closing zero. */
const PATH_BYTES_MAX = 107;
const HINT_BYTES_MAX = 1024 * 1024;
const PATIENCE_MS = 1_000;
const OWN_NAME = /^\d+-[0-9a-f]{8}\.sock$/;

/** @param failed told of what keeps hints from coming; serving goes on without. */
export function labelHints(folder: string, failed: (error: unknown) => void): LabelHints {
  const path = join(folder, `${process.pid}-${randomBytes(4).toString("hex")}.sock`);
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) return noHints;
  const takers: ((line: string, labels: Labels) => void)[] = [];
  const server = createServer((socket) => {
    received(socket).then((hint) => {
      if (hint !== undefined) for (const take of takers) take(hint.line, hint.labels);
    }, failed);
  });
  server.on("error", failed);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    server.listen(path);
  } catch (error) {
    failed(error);
  }
  server.unref();
  return {
    tell: (line, labels) => {
      const text = JSON.stringify({ line, labels });
      for (const name of socketsIn(folder)) if (join(folder, name) !== path) send(join(folder, name), text);
    },
    listen: (take) => void takers.push(take),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const noHints: LabelHints = { tell: () => {}, listen: () => {}, close: async () => {} };

function socketsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => OWN_NAME.test(name));
  } catch {
    return [];
  }
}

/** The socket of a process that is gone refuses, and goes. */
function send(path: string, text: string): void {
  const socket = createConnection(path);
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNREFUSED") rmSync(path, { force: true });
  });
  socket.unref();
  socket.end(text);
}

/** Undefined for what is no hint. */
async function received(socket: Socket): Promise<{ readonly line: string; readonly labels: Labels } | undefined> {
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of socket) {
      bytes += chunk.length;
      if (bytes > HINT_BYTES_MAX) return undefined;
      chunks.push(chunk);
    }
    const { line, labels }: { line?: unknown; labels?: unknown } = JSON.parse(Buffer.concat(chunks).toString());
    const known = labelsOf(labels);
    return typeof line === "string" && known !== undefined ? { line, labels: known } : undefined;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
