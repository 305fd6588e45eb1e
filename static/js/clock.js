// The server's clock, carried on by the page's own monotonic one: a wrong or set-back device clock does no harm.
import { say, words } from "./words.js";

const TICK_MS = 250;
const arrived = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
let ahead = Date.parse(document.body.dataset.now) - arrived;

/** The server's present moment, in milliseconds. */
export const serverNow = () => performance.now() + ahead;

/** The server just said what time it is. */
export function hear(serverMs) {
  ahead = serverMs - performance.now();
}

/** Elapsed milliseconds in one of the forms of the page: seconds (0:42), bare (12) or minutes (12 min). */
export function elapsed(milliseconds, form) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (form === "seconds") return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const minutes = String(Math.floor(seconds / 60));
  return form === "bare" ? minutes : say(words.minutes, { minutes });
}

function remaining(milliseconds) {
  if (milliseconds <= 0) return words.time_is_up;
  return say(words.minutes_left, { minutes: Math.ceil(milliseconds / 60_000) });
}

/** Write only what has changed: a screen reader and a slow tablet notice every write. */
export function write(element, text) {
  if (!element) return;
  // A counter may carry its unit in an element of its own.
  const node = element.firstChild?.nodeType === Node.TEXT_NODE ? element.firstChild : null;
  if (node) {
    if (node.data !== text) node.data = text;
  } else if (element.textContent !== text) element.prepend(text);
}

function tick() {
  const now = serverNow();
  for (const time of document.querySelectorAll("time[data-since]"))
    write(time, elapsed(now - Date.parse(time.dataset.since), time.dataset.form));
  for (const time of document.querySelectorAll("time[data-until]"))
    write(time, remaining(Date.parse(time.dataset.until) - now));
  for (const time of document.querySelectorAll("time[data-clock]"))
    write(time, new Date(now).toLocaleTimeString("en-GB", { timeZone: document.body.dataset.zone }));
}

/** Let every counter of the page run. */
export function start() {
  tick();
  setInterval(tick, TICK_MS);
}
