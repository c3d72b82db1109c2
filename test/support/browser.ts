/** The machine's own Chromium, headless and with nothing but the page under test. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { onTestFinished } from "vitest";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const QUIET = ["quic", "background-networking", "component-update", "sync"].map((what) => `--disable-${what}`);

/** Where it is, or undefined; `node prepare.mjs test` installs it where it can. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram);
}

/** A browser with a profile of its own; it is closed when the running test has finished. */
export async function openBrowser(): Promise<Browser> {
  // A browser that runs as root has no sandbox of its own; what it opens is our page on the loopback interface.
  const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", ...QUIET];
  const browser = await chromium.launch({ executablePath: findChromium(), headless: true, args });
  onTestFinished(() => browser.close());
  return browser;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
