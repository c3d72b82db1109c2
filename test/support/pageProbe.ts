/** What a browser sees of a page: bytes, complaints, and what axe says of it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { poll } from "./processes.ts";

/** Of a loaded machine; charts are drawn one after the other. */
const SEEN_MS = 20_000;
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Counts bytes over the wire, each address once (charts come anew every few seconds), and gathers errors, warnings of the content policy and dialogs. */
export async function probe(page: Page): Promise<{ readonly bytes: () => number; readonly complaints: string[] }> {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const urls = new Map<string, string>();
  const sizes = new Map<string, number>();
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.responseReceived", ({ requestId, response }) => urls.set(requestId, response.url));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const url = urls.get(requestId);
    const address = url?.replace(/&v=.*/, "");
    if (address !== undefined && !sizes.has(address)) sizes.set(address, encodedDataLength);
  });
  return { bytes: () => [...sizes.values()].reduce((sum, size) => sum + size, 0), complaints };
}

/** Waits until every picture is there, also those further down. */
export async function seeAll(page: Page): Promise<void> {
  const seen =
    "for (const image of document.images) image.loading = 'eager';" +
    "[...document.images].every((image) => image.complete && image.naturalWidth > 0)";
  await poll(SEEN_MS, async () => ((await page.evaluate<boolean>(seen)) ? true : undefined));
}

/** Serious and critical findings, one line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const found = await page.evaluate<Findings>("axe.run(document)");
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target.join(" ")}`));
}

interface Findings {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly string[] }[];
  }[];
}
