/** What the log holds of the decisions just made: bytes a decision and the share of lines with all candidates. */
import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { crc32 } from "node:zlib";

const BYTES_MAX = 32 * 1024 * 1024;

/** Reads the newest whole segment (at most 32 MiB of it). */
export async function walFacts(dist, { dataDir, policy }) {
  const load = (path) => import(pathToFileURL(join(dist, path)).href);
  const { decodeFrames, FRAME_HEADER_BYTES } = await load("src/core/log/frame.js");
  const { decodeRecord } = await load("src/core/log/codec.js");
  const { RecordKind } = await load("src/core/log/records.js");
  const wal = join(dataDir, "wal", policy);
  const segments = readdirSync(wal).flatMap((stream) =>
    readdirSync(join(wal, stream)).map((name) => join(wal, stream, name)),
  );
  const newest = segments.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  let [decisions, full, bytes, columns] = [0, 0, 0, 0];
  for (const frame of decodeFrames(head(newest), 0, crc32).frames) {
    if (frame.kind !== RecordKind.decision) continue;
    const record = decodeRecord(frame);
    decisions++;
    if (record.full) full++;
    columns = record.columns;
    bytes += FRAME_HEADER_BYTES + frame.payload.length;
  }
  return { decisions, columns, bytesPerDecision: Math.round(bytes / decisions), fullShare: full / decisions };
}

function head(path) {
  const bytes = Buffer.alloc(Math.min(BYTES_MAX, statSync(path).size));
  const file = openSync(path, "r");
  const read = readSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
  return bytes.subarray(0, read);
}
