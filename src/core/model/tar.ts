/**
 * A reader of tar archives that nobody has vouched for (POSIX ustar; extended headers are passed over). Only plain files
 * without folders come out, as views into the archive: nothing is ever written by name, so no name leads anywhere.
 */
import { BrigandError } from "../errors.ts";

const BLOCK = 512;
const ENTRIES_MAX = 64;
const text = new TextDecoder();

/** @throws CB_BUNDLE_MALFORMED, CB_BUNDLE_LINK_REFUSED, CB_BUNDLE_NAME_REFUSED for a name given twice. */
export function readTar(archive: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let at = 0;
  for (let entries = 0; at + BLOCK <= archive.length; entries++) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return whole(files);
    if (entries >= ENTRIES_MAX) throw malformed(`it has more than ${ENTRIES_MAX} entries`);
    checkSum(header);
    const name = nameOf(header);
    const size = octal(header, 124, 12);
    const from = at + BLOCK;
    if (!(from + size <= archive.length))
      throw malformed(`${size} bytes of ${name} were announced, ${archive.length - from} are left`);
    const kind = String.fromCharCode(header[156]);
    if (isFile(kind)) {
      if (files.has(name)) throw new BrigandError("CB_BUNDLE_NAME_REFUSED", { known: "others", came: `${name} twice` });
      files.set(name, archive.subarray(from, from + size));
    } else if (kind === "x" || kind === "g") checkExtended(archive.subarray(from, from + size));
    else if (kind !== "5") throw new BrigandError("CB_BUNDLE_LINK_REFUSED", { came: name.slice(0, 100) });
    at = from + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw malformed("the archive ends before its end mark");
}

function whole(files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
  if (files.size === 0) throw malformed("it holds no file");
  return files;
}

function isFile(kind: string): boolean {
  return kind === "0" || kind === "\0";
}

function nameOf(header: Uint8Array): string {
  const [name, prefix] = [field(header, 0, 100), field(header, 345, 155)];
  const ustar = field(header, 257, 5) === "ustar";
  return (ustar && prefix !== "" ? `${prefix}/${name}` : name).replace(/^\.\//, "");
}

/** Times and owners may stand there; another name, link or size would make of the entry something else. */
function checkExtended(body: Uint8Array): void {
  const key = /(?:^|\n)\d+ (path|linkpath|size|GNU\.sparse[^=]*)=/.exec(text.decode(body))?.[1];
  if (key !== undefined) throw malformed(`an extended header sets ${key}`);
}

function checkSum(header: Uint8Array): void {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : header[i];
  if (sum !== octal(header, 148, 8)) throw malformed("a header's sum is wrong");
}

function octal(header: Uint8Array, from: number, length: number): number {
  const digits = field(header, from, length).trim();
  if (!/^[0-7]{1,12}$/.test(digits)) throw malformed("a header's number is no octal one");
  return Number.parseInt(digits, 8);
}

/** Up to the first NUL. */
function field(header: Uint8Array, from: number, length: number): string {
  const bytes = header.subarray(from, from + length);
  const end = bytes.indexOf(0);
  return text.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function malformed(problem: string): BrigandError {
  return new BrigandError("CB_BUNDLE_MALFORMED", { problem });
}

/** An archive of these files, in their order: regular, mode 0644, time 0; equal files give equal bytes. */
export function writeTar(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const blocks = [...files].map(([name, bytes]) => ({ name, bytes, length: Math.ceil(bytes.length / BLOCK) * BLOCK }));
  const archive = new Uint8Array(blocks.reduce((sum, { length }) => sum + BLOCK + length, 2 * BLOCK));
  let at = 0;
  for (const { name, bytes, length } of blocks) {
    archive.set(headerOf(name, bytes.length), at);
    archive.set(bytes, at + BLOCK);
    at += BLOCK + length;
  }
  return archive;
}

function headerOf(name: string, size: number): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const put = (value: string, at: number) => header.set(new TextEncoder().encode(value), at);
  put(name, 0);
  put("0000644\0", 100);
  put("0000000\0", 108);
  put("0000000\0", 116);
  put(`${size.toString(8).padStart(11, "0")}\0`, 124);
  put("00000000000\0", 136);
  put("        0", 148);
  put("ustar\u000000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}
