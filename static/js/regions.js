// Parts marked data-live follow the room: when something rings, the page is asked for again and those parts are swapped.
import { morph } from "./morph.js";

const GATHER_MS = 150;
let timer = null;
let asking = false;
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
  if (!document.querySelector("[data-live]")) return;
  clearTimeout(timer);
  timer = setTimeout(ask, GATHER_MS);
}

async function ask() {
  if (asking || document.visibilityState !== "visible") {
    again = true;
    return;
  }
  asking = true;
  again = false;
  try {
    // Not the browser's address: a page that answered a refused form lives elsewhere; its refusal and typing stay.
    const answer = await fetch(document.body.dataset.address, {
      headers: { Accept: "text/html" },
      signal: AbortSignal.timeout(5000),
    });
    if (answer.ok && !answer.redirected) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    again = true;
  } finally {
    asking = false;
    if (again && document.visibilityState === "visible") timer = setTimeout(ask, 1000);
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
