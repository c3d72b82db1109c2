/** The files of a multipart/form-data body (RFC 7578): views into it, by file name, else by the field's name. */
import { BrigandError } from "../errors.ts";

const PARTS_MAX = 64;
const HEADER_BYTES_MAX = 4096;
const text = new TextDecoder("utf-8", { fatal: false });
const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);

/** @param contentType the header, with its boundary. @throws CB_BUNDLE_MALFORMED, CB_BUNDLE_NAME_REFUSED */
export function readMultipart(body: Uint8Array, contentType: string): ReadonlyMap<string, Uint8Array> {
  const boundary = /boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i.exec(contentType);
  if (boundary === null) throw malformed("the content-type names no boundary");
  const mark = bytesOf(`--${boundary[1] ?? boundary[2]}`);
  const files = new Map<string, Uint8Array>();
  let at = find(body, mark, 0);
  for (let parts = 0; ; parts++) {
    if (at < 0) throw malformed("it ends before its last boundary");
    const from = at + mark.length;
    if (body[from] === 45 && body[from + 1] === 45) return files;
    if (parts >= PARTS_MAX) throw malformed(`it has more than ${PARTS_MAX} parts`);
    const headEnd = find(body.subarray(0, from + HEADER_BYTES_MAX), bytesOf("\r\n\r\n"), from);
    if (headEnd < 0) throw malformed("a part has no end of its headers");
    const next = find(body, bytesOf(`\r\n${text.decode(mark)}`), headEnd + 2);
    if (next < 0) throw malformed("it ends before its last boundary");
    const name = nameOf(text.decode(body.subarray(from, headEnd)));
    if (files.has(name)) throw new BrigandError("CB_BUNDLE_NAME_REFUSED", { known: "others", came: `${name} twice` });
    files.set(name, body.subarray(headEnd + 4, Math.max(headEnd + 4, next)));
    at = next + 2;
  }
}

function nameOf(head: string): string {
  const disposition = /^content-disposition:[^\r\n]*/im.exec(head)?.[0] ?? "";
  const found = /[; ]filename="([^"]*)"/i.exec(disposition) ?? /[; ]name="([^"]*)"/i.exec(disposition);
  if (found === null) throw malformed("a part has no name");
  return found[1];
}

/** Index of `wanted` at or after `from`, else −1. */
function find(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(wanted[0], from); at >= 0; at = bytes.indexOf(wanted[0], at + 1)) {
    let same = 1;
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++;
    if (same === wanted.length) return at;
  }
  return -1;
}

function malformed(problem: string): BrigandError {
  return new BrigandError("CB_BUNDLE_MALFORMED", { problem });
}
