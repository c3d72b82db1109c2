/*
 * Brings the parts of an open page up to date: fetches the page again, replaces the parts that changed. Everything on
 * the page works without it; then a reload does the same.
 */
const everyMs = Number(document.body.dataset.live ?? 0);
const parser = new DOMParser();

/** Replaces what changed; open tables, focus and scroll stay as they are. */
async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  // The policy was removed, or never was.
  if (answer.status === 404) return location.assign("/");
  if (!answer.ok) return;
  const next = parser.parseFromString(await answer.text(), "text/html");
  const names = (page) => [...page.querySelectorAll("[data-part]")].map(({ id }) => id).join(" ");
  if (names(document) !== names(next)) return location.reload();
  for (const fresh of next.querySelectorAll("[data-part]")) {
    const old = document.getElementById(fresh.id);
    if (old === null || old.contains(document.activeElement) || old.contains(selected())) continue;
    await renew(old, fresh);
  }
  localTimes(document);
}

async function renew(old, fresh) {
  const open = new Set([...old.querySelectorAll("details[open]")].map(({ dataset }) => dataset.keep));
  for (const details of fresh.querySelectorAll("details")) details.open = open.has(details.dataset.keep);
  const before = old.cloneNode(true);
  for (const time of before.querySelectorAll("time[data-local]")) bare(time);
  if (before.isEqualNode(fresh)) return;
  await Promise.all(
    [...fresh.querySelectorAll("picture")].map((picture, index) =>
      loaded(picture, old.querySelectorAll("picture")[index]),
    ),
  );
  old.replaceChildren(...document.adoptNode(fresh).childNodes);
}

/** Waits for the new picture, so that the old one does not flash away. */
function loaded(picture, old) {
  const current = old?.querySelector("img")?.currentSrc;
  const fresh = picture.querySelector("img");
  fresh.loading = "eager";
  if (current === undefined || current === "") {
    fresh.loading = "lazy";
    return undefined;
  }
  const matching = [...picture.querySelectorAll("source")].find(
    ({ media }) => media === "" || matchMedia(media).matches,
  );
  const image = new Image();
  image.src = matching?.srcset ?? fresh.src;
  return image.decode().catch(() => {});
}

function selected() {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed ? selection.anchorNode : null;
}

/** The reader's own time, as the tooltip of every UTC time. */
function localTimes(page) {
  for (const time of page.querySelectorAll("time[datetime]:not([data-local])")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.dataset.local = time.title;
    time.title = `${time.title} · ${at.toLocaleString()} here`;
  }
}

function bare(time) {
  time.title = time.dataset.local;
  delete time.dataset.local;
}

for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
  form.addEventListener("change", () => form.requestSubmit());
  form.querySelector("button").hidden = true;
}
for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.confirm)) event.preventDefault();
  });
}
localTimes(document);

let failures = 0;
async function loop() {
  if (!document.hidden) {
    try {
      await refresh();
      failures = 0;
    } catch {
      failures = Math.min(failures + 1, 5);
    }
    document.body.classList.toggle("away", failures > 1);
  }
  setTimeout(loop, everyMs * 2 ** failures);
}
if (everyMs > 0) setTimeout(loop, everyMs);
