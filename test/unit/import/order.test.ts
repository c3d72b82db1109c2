import { expect, test } from "vitest";
import { isInOrder } from "../../../workers/import/order.ts";

async function inOrder(text: string, size = 7): Promise<boolean> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  return isInOrder(chunks());
}

const line = (value: string) => `{"event":"item","timestamp":${value},"item":"a"}\n`;

test("times that never go back are in order, as numbers or in quotes, wherever a chunk ends", async () => {
  const text = ["5", '"5"', " 17", '\t"1700000000000"', "1700000000000 "].map(line).join("");
  for (let size = 1; size < 90; size += 4) expect(await inOrder(text, size)).toBe(true);
  expect(await inOrder('{"timestamp":1}\n{"timestamp":2}')).toBe(true);
  expect(await inOrder("")).toBe(true);
});

test("a time that goes back, and what is no whole number of milliseconds, is not in order", async () => {
  for (let size = 1; size < 90; size += 4) expect(await inOrder(line("2") + line("1"), size)).toBe(false);
  for (const value of [
    "-1",
    "1.5",
    "1e3",
    '"2026-11-25T00:00:00Z"',
    '"x"',
    '""',
    "null",
    "[1]",
    "12345678901234567",
    "5x",
  ])
    expect(await inOrder(line(value)), value).toBe(false);
});
