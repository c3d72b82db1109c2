import { describe, expect, it } from "vitest";
import * as format from "../../../src/server/page/format.ts";
import { html } from "../../../src/server/page/html.ts";

describe("templates", () => {
  it("leave no character that could begin markup or end an attribute", () => {
    const text = `<script>alert("1")</script>'\`&\u0000\u001b[`;
    expect(html`<a title="${text}">${text}</a>`.text).toBe(
      `<a title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&#96;&amp;\ufffd\ufffd[">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&#96;&amp;\ufffd\ufffd[</a>`,
    );
  });

  it("escape once: parts of parts stay as they are", () => {
    expect(html`<ul>${["<", "b"].map((item) => html`<li>${item}</li>`)}</ul>`.text).toBe(
      "<ul><li>&lt;</li><li>b</li></ul>",
    );
  });

  it("write nothing for what is absent, and 0 for 0", () => {
    expect(html`${undefined}${false}${null}${0}`.text).toBe("0");
  });
});

describe("numbers", () => {
  it("have as many digits as their interval makes honest", () => {
    expect(format.mean({ n: 9, mean: 0.123456, low: 0.1, high: 0.146 })).toBe("0.123");
    expect(format.interval({ n: 9, mean: 1234.5, low: 1200, high: 1269 })).toBe("1200 to 1269");
    expect(format.mean({ n: 9, mean: -0.5, low: -0.9, high: -0.1 })).toBe("−0.50");
  });

  it("have units and no false precision", () => {
    expect([999, 1500, 12_345_678, 8.6e9].map(format.bytes)).toEqual(["999 B", "1.5 kB", "12 MB", "8.6 GB"]);
    expect([0, 0.004, 0.123, 1].map(format.share)).toEqual(["0 %", "0.4 %", "12 %", "100 %"]);
    expect([0, 0.00123, 0.25].map(format.probability)).toEqual(["0.000", "0.0012", "0.250"]);
    expect([0, 59_000, 240_000, 7_200_000].map(format.duration)).toEqual(["under 1 s", "59 s", "4 min", "2 h"]);
  });
});
