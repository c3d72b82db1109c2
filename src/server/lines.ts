/** Lines of a stream of bytes, one at a time, within bounds: memory is one line and one chunk. */
import { BrigandError } from "../core/errors.ts";

const LINE_FEED = 0x0a;

export interface LineBounds {
  readonly lineBytesMax: number;
  readonly bytesMax: number;
}

/** A line without its end; `tooLong` when it was longer than the bound (its bytes are gone then). */
export interface Line {
  readonly bytes: Buffer;
  readonly tooLong: boolean;
}

/** @throws CB_BODY_TOO_LARGE once more than `bytesMax` bytes have come. */
export async function* linesOf(chunks: AsyncIterable<Buffer>, bounds: LineBounds): AsyncGenerator<Line> {
  let total = 0;
  let kept: Buffer[] = [];
  let length = 0;
  const finish = (): Line => {
    const tooLong = length > bounds.lineBytesMax;
    const bytes = tooLong ? Buffer.alloc(0) : Buffer.concat(kept);
    kept = [];
    length = 0;
    return { bytes, tooLong };
  };
  const take = (piece: Buffer) => {
    length += piece.byteLength;
    if (length <= bounds.lineBytesMax) kept.push(piece);
    else kept = [];
  };
  for await (const chunk of chunks) {
    total += chunk.byteLength;
    if (total > bounds.bytesMax) throw new BrigandError("CB_BODY_TOO_LARGE", { maximum: bounds.bytesMax });
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, at));
      yield finish();
      from = at + 1;
    }
    if (from < chunk.byteLength) take(chunk.subarray(from));
  }
  if (length > 0) yield finish();
}
