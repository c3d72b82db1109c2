import { describe, expect, it } from "vitest";
import { toldMeasured } from "../../../src/cli/experiments/told.ts";

describe("a number with its interval", () => {
  it("has as many digits as the interval is narrow", () => {
    expect(toldMeasured({ value: 0.123456, low: 0.1, high: 0.15 })).toBe("0.1235 [0.1000, 0.1500]");
    expect(toldMeasured({ value: 1234.5678, low: 1000, high: 1500 })).toBe("1235 [1000, 1500]");
    expect(toldMeasured({ value: 0, low: -1e-9, high: 1e-9 })).toBe("0.00000000000 [-0.00000000100, 0.00000000100]");
    expect(toldMeasured({ value: 2, low: 2, high: 2 })).toBe("2.0000 [2.0000, 2.0000]");
  });

  it("is the number alone where there is no interval", () => {
    expect(toldMeasured({ value: 1 / 3 })).toBe("0.333");
  });
});
