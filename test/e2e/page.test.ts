/** The page in a browser: what a first start shows within a minute, in every look; and that text from outside stays text. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findChromium, openBrowser } from "../support/browser.ts";
import { accessibilityFaults, probe, seeAll } from "../support/pageProbe.ts";
import { startBrigand } from "../support/processes.ts";
import { temporaryFolder } from "../support/tmp.ts";
import { TestServer } from "../unit/server/fakes.ts";
import { npmStart } from "./product.ts";

const MINUTE_MS = 60_000;
const FIRST_VIEW_BYTES_MAX = 100_000;
const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } } as const;
const LOOKS = (["desktop", "phone"] as const).flatMap((size) =>
  (["light", "dark"] as const).map((theme) => ({ size, theme })),
);
/** Pictures of every look are left here for whoever wants to see them. */
const PICTURES = process.env.PAGE_PICTURES;

const MARKUP = '"><img src=x onerror="window.stolen=1"><script>window.stolen=1</script>';

describe.runIf(findChromium() !== undefined)("the page", () => {
  it("shows learning, swaps and an experiment within a minute of a first start", { timeout: 180_000 }, async () => {
    const product = await npmStart(temporaryFolder(), MINUTE_MS, true);
    const from = performance.now();
    const browser = await openBrowser();
    const page = await browser.newPage({ viewport: SIZES.desktop });
    const seen = await probe(page);
    await page.goto(product.url);
    const learning = page.locator("#learning h2", { hasText: /^It is learning/ });
    await learning.waitFor({ timeout: MINUTE_MS - (performance.now() - from) });
    await page
      .locator("#variants table", { hasText: /uniform.*(worse|not apart|too early)/s })
      .waitFor({ timeout: MINUTE_MS });
    await page.locator('img[src*="/reward.svg"]').waitFor();
    expect(performance.now() - from).toBeLessThan(MINUTE_MS);
    expect(await page.locator("#reward figcaption").innerText()).toMatch(/a new model version took over, \d+ times/);
    const decisions = page.locator("#learning .tile dd").first();
    const before = await decisions.innerText();
    await expect.poll(() => decisions.innerText(), { timeout: 10_000 }).not.toBe(before);
    expect(seen.complaints).toEqual([]);
  });

  it("is light, sound and readable by everybody on every screen and in every look", { timeout: 240_000 }, async () => {
    const product = await startBrigand("start", { env: { DEMO: "on" } });
    const server = new TestServer(product.url, async () => {});
    await expect
      .poll(async () => (await server.get("/v1/overview?policy=demo")).body?.model?.version, { timeout: MINUTE_MS })
      .toBeGreaterThan(15);
    const { body } = await server.get("/v1/overview?policy=demo");
    const decision = encodeURIComponent(body.overview.latest.at(-1).id);
    const browser = await openBrowser();
    for (const { size, theme } of LOOKS) {
      for (const [name, path] of Object.entries({
        overview: "/",
        decisions: "/decisions",
        decision: `/decisions/${decision}`,
        missing: "/decisions/none",
      })) {
        const context = await browser.newContext({ viewport: SIZES[size], colorScheme: theme });
        const page = await context.newPage();
        const seen = await probe(page);
        await page.goto(product.url + path, { waitUntil: "load" });
        await seeAll(page);
        expect(seen.bytes(), `${name} ${size} ${theme}`).toBeLessThan(FIRST_VIEW_BYTES_MAX);
        expect(await accessibilityFaults(page), `${name} ${size} ${theme}`).toEqual([]);
        const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
        expect(wide, `${name} ${size} overflows`).toBeLessThanOrEqual(0);
        expect(seen.complaints.filter((text) => !(name === "missing" && text.includes("404")))).toEqual([]);
        await picture(page, `${name}-${size}-${theme}`);
        await context.close();
      }
    }
  });

  it("works by keyboard and without script, and remembers the colours that were chosen", {
    timeout: 120_000,
  }, async () => {
    const product = await startBrigand("start");
    const server = new TestServer(product.url, async () => {});
    await server.post("/v1/rank", { policy: "home", items: [{ id: "a" }, { id: "b" }] });
    const browser = await openBrowser();
    const context = await browser.newContext({ javaScriptEnabled: false, colorScheme: "light" });
    const page = await context.newPage();
    await page.goto(product.url);
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").innerText()).toBe("Skip to content");
    await page.getByRole("button", { name: "Dark" }).focus();
    await page.keyboard.press("Enter");
    await page.locator('html[data-theme="dark"]').waitFor({ state: "attached" });
    expect(new URL(page.url()).pathname).toBe("/");
    await page.getByRole("link", { name: "Decisions", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/decisions/);
    expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
  });

  it("shows markup in ids and features as text", { timeout: 120_000 }, async () => {
    const product = await startBrigand("start");
    const server = new TestServer(product.url, async () => {});
    const asked = {
      ...{
        policy: "home",
        decisionId: `d${MARKUP}`,
        user: { id: `u${MARKUP}`, features: { name: MARKUP, [MARKUP]: "x" } },
      },
      ...{
        context: { where: MARKUP },
        items: [{ id: `a${MARKUP}`, features: { title: MARKUP } }, { id: `b${MARKUP}` }],
      },
    };
    await server.send("PUT", "/v1/policies/home", JSON.stringify({ settleMs: 0 }));
    expect((await server.post("/v1/rank", asked)).status).toBe(200);
    await expect
      .poll(async () => (await server.get("/v1/overview?policy=home")).body.overview?.latest.length, {
        timeout: 20_000,
      })
      .toBe(1);
    const browser = await openBrowser();
    for (const path of [
      "/",
      "/decisions",
      `/decisions/${encodeURIComponent(asked.decisionId)}`,
      `/decisions/${encodeURIComponent(`x${MARKUP}`)}`,
    ]) {
      const page = await browser.newPage();
      const seen = await probe(page);
      await page.goto(product.url + path, { waitUntil: "networkidle" });
      expect(await page.evaluate(() => "stolen" in globalThis)).toBe(false);
      expect(await page.locator("main script, main img:not([src^='/charts/']), [onerror]").count()).toBe(0);
      if (!path.includes("/x")) expect(await page.locator("main").innerText()).toContain(`a${MARKUP}`);
      expect(seen.complaints.filter((text) => !text.includes("404"))).toEqual([]);
      await page.close();
    }
  });
});

async function picture(page: import("playwright-core").Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}
