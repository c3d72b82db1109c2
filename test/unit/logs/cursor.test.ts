import { describe, expect, it } from "vitest";
import { cursorText, readCursor } from "../../../src/core/logs/cursor.ts";

const cursor = {
  policy: "home",
  time: 1_767_225_600_123,
  positions: new Map([
    ["s1-x", 4_294_967_296],
    ["s2", 0],
  ]),
};

describe("a cursor", () => {
  it("is text for an address and comes back as it was", () => {
    const text = cursorText(cursor);
    expect(text).toMatch(/^[A-Za-z0-9_-]+\.[a-z0-9]+$/);
    expect(readCursor(text)).toEqual(cursor);
  });

  it.each(["", "x", "...", `${cursorText(cursor)}0`, cursorText(cursor).slice(1), "W10.0", "bnVsbA.1"])(
    "is refused as %j with a code",
    (text) => {
      expect(() => readCursor(text)).toThrow(expect.objectContaining({ code: "CB_LOGS_CURSOR_INVALID" }));
    },
  );
});
