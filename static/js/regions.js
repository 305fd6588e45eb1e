// Parts marked data-live follow the room: when something rings, the page is asked for again and those parts are swapped.
import { morph } from "./morph.js";

const SOON_MS = 20;
const GATHER_MS = 150;
const AGAIN_MS = 1000;
let timer = null;
let asking = false;
let askedAt = -Infinity;
let again = false;
let shown = versionOf(document);

function versionOf(page) {
  return Math.max(0, ...[...page.querySelectorAll("[data-version]")].map((part) => Number(part.dataset.version)));
}

/** The room is at this version: a page that shows an older one has missed something, and is asked for as a whole. */
export function catchUp(version) {
  if (shown && version > shown) refresh();
}

/** Bring every live part of this page up to date, soon. */
export function refresh() {
  if (timer || !document.querySelector("[data-live]")) return;
  // At once when it was quiet; in a rush every so often, but never later because more happens.
  timer = setTimeout(ask, Math.max(SOON_MS, askedAt + GATHER_MS - performance.now()));
}

async function ask() {
  timer = null;
  if (asking || document.visibilityState !== "visible") {
    again = true;
    return;
  }
  asking = true;
  again = false;
  askedAt = performance.now();
  let failed = false;
  try {
    // Not the browser's address: a page that answered a refused form lives elsewhere; its refusal and typing stay.
    const answer = await fetch(document.body.dataset.address, {
      headers: { Accept: "text/html" },
      signal: AbortSignal.timeout(5000),
    });
    if (answer.ok && !answer.redirected) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    failed = again = true;
  } finally {
    asking = false;
    if (again && document.visibilityState === "visible") timer ??= setTimeout(ask, failed ? AGAIN_MS : SOON_MS);
  }
}

function swap(fresh) {
  shown = versionOf(fresh);
  for (const old of document.querySelectorAll("[data-live]")) {
    const part = fresh.querySelector(`[data-live="${CSS.escape(old.dataset.live)}"]`);
    if (part) morph(old, part);
  }
}

/** Follow changes that happened while nobody looked, and poll where a part asks for it. */
export function start() {
  document.addEventListener("visibilitychange", () => again && refresh());
  const often = document.querySelector("[data-poll]");
  if (often && !("line" in document.body.dataset)) setInterval(refresh, often.dataset.poll * 1000);
}
