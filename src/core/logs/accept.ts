/** Formats of a listing and their media types. */
import { BrigandError } from "../errors.ts";
import type { LogFormat } from "./query.ts";

/** What an Accept header may ask for; formats of others are asked for by name. */
const own: { readonly [format in "jsonl" | "csv" | "parquet"]: string } = {
  jsonl: "application/x-ndjson",
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet",
};

export const mediaTypes: { readonly [format in LogFormat]: string } = {
  ...own,
  dsjson: own.jsonl,
  ccb: own.jsonl,
  metarank: own.jsonl,
  vw: "text/plain",
  obp: own.csv,
};

const named: ReadonlyMap<string, LogFormat> = new Map<string, LogFormat>([
  ["*/*", "jsonl"],
  ["application/*", "jsonl"],
  ["text/*", "csv"],
  ["application/ndjson", "jsonl"],
  ["application/jsonl", "jsonl"],
  ["application/x-jsonlines", "jsonl"],
  ["application/x-parquet", "parquet"],
  ...Object.entries(own).map(([format, type]): [string, LogFormat] => [type, format as LogFormat]),
]);

/** The format that an Accept header wants most; JSON lines without one. @throws CB_LOGS_FORMAT_UNACCEPTABLE */
export function formatAccepted(accept: string | undefined): LogFormat {
  if (accept === undefined || accept.trim() === "") return "jsonl";
  let [best, bestQuality]: [LogFormat | undefined, number] = [undefined, 0];
  for (const part of accept.toLowerCase().split(",")) {
    const [type, ...parameters] = part.split(";").map((piece) => piece.trim());
    const format = named.get(type);
    const quality = Number(parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? 1);
    if (format !== undefined && quality > bestQuality) [best, bestQuality] = [format, quality];
  }
  if (best !== undefined) return best;
  const known = Object.values(own).join(", ");
  throw new BrigandError("CB_LOGS_FORMAT_UNACCEPTABLE", { known, came: JSON.stringify(accept.slice(0, 100)) });
}
