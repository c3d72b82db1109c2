/** The frame of every screen: head, navigation, switch of light and dark, footer. */
import { type Html, html } from "./html.ts";

export type Theme = "auto" | "light" | "dark";

export interface Screen {
  readonly title: string;
  /** Which entry of the navigation is current. */
  readonly here: string;
  readonly theme: Theme;
  /** Address of this screen, to come back to. */
  readonly path: string;
  /** Whether its parts are brought up to date while it is open. */
  readonly live: boolean;
  /** Stands at the right of the head: the switcher of policies. */
  readonly tools?: Html;
  readonly body: Html;
}

/** Screens in the navigation; a new one is one line here. */
const ENTRIES = [
  { name: "Overview", path: "/" },
  { name: "Decisions", path: "/decisions" },
  { name: "Models", path: "/#models" },
  { name: "Health", path: "/#health" },
  { name: "API", path: "/docs" },
] as const;

const NEXT: { readonly [theme in Theme]: { readonly theme: Theme; readonly name: string } } = {
  auto: { theme: "dark", name: "Dark" },
  dark: { theme: "light", name: "Light" },
  light: { theme: "auto", name: "Auto" },
};

/** @param query carried from screen to screen: which policy */
export function frame(screen: Screen, query: string): string {
  const { title, here, theme, path, live, tools, body } = screen;
  const page = html`<!doctype html>
<html lang="en" data-theme="${theme}">
<head>
<meta charset="utf-8">
<title>${title} · Brigand</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${theme === "auto" ? "light dark" : theme}">
<link rel="icon" href="/page/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/page/page.css">
<script src="/page/page.js" defer></script>
</head>
<body${live && html` data-live="2000"`}>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<div class="bar">
<a class="brand" href="/${query}"><img src="/page/mark.svg" width="22" height="22" alt=""> Brigand</a>
<nav aria-label="Screens"><ul>${ENTRIES.map((entry) => link(entry, { here, query }))}</ul></nav>
<div class="tools">${tools}${themeSwitch(theme, path)}</div>
</div>
</header>
<main id="main" tabindex="-1">
${body}
</main>
<footer class="foot"><p>Times are UTC. Intervals are 95 %, each for one look at it. <span data-local-note></span></p></footer>
</body>
</html>
`;
  return page.text;
}

function link({ name, path }: (typeof ENTRIES)[number], { here, query }: { here: string; query: string }): Html {
  const [file, hash] = path.split("#");
  const address = path === "/docs" ? path : `${file}${query}${hash === undefined ? "" : `#${hash}`}`;
  return html`<li><a href="${address}"${here === name && html` aria-current="page"`}>${name}</a></li>`;
}

function themeSwitch(theme: Theme, path: string): Html {
  const next = NEXT[theme];
  return html`<form method="post" action="/page/theme">
<input type="hidden" name="theme" value="${next.theme}"><input type="hidden" name="back" value="${path}">
<button class="quiet" title="Colours now: ${theme}">${next.name}</button>
</form>`;
}
