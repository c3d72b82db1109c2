/** Where a listing goes: standard output, or a file that appears whole. */
import { open, rename, rm } from "node:fs/promises";
import { write } from "../output.ts";

/** A reader of standard output that has gone (`| head`) ends the listing quietly. */
export async function writeTo(output: string, pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  if (output === "-") return toStandardOutput(pieces);
  const draft = `${output}.${process.pid}.tmp`;
  const file = await open(draft, "wx");
  try {
    for await (const piece of pieces) await file.writeFile(piece);
    await file.close();
    await rename(draft, output);
  } catch (error) {
    await file.close();
    await rm(draft, { force: true });
    throw error;
  }
}

async function toStandardOutput(pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  // Without a listener the loss of the reader would end the process with a stack.
  process.stdout.on("error", () => {});
  try {
    for await (const piece of pieces) await write(piece);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  }
}
