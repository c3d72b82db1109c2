/** Lines of a file that were refused: counted by code, the first of each named. Memory does not grow with their number. */
import type { BrigandError } from "../../src/core/errors.ts";

export interface Refused {
  n: number;
  /** Numbers of the first lines. */
  readonly firstLines: number[];
  /** Of the first line. */
  readonly message: string;
}

const FIRST_LINES = 5;

export class Refusals {
  n = 0;
  readonly byCode: { [code: string]: Refused } = {};

  add(lineNumber: number, { code, message }: BrigandError): void {
    this.n++;
    const known = this.byCode[code];
    if (known === undefined) this.byCode[code] = { n: 1, firstLines: [lineNumber], message };
    else {
      known.n++;
      if (known.firstLines.length < FIRST_LINES) known.firstLines.push(lineNumber);
    }
  }
}
