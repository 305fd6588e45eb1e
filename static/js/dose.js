// The countdown to the next dose of naloxone, on the server's clock; the plain page says the same when it is loaded.
import { elapsed, serverNow, write } from "./clock.js";

const TICK_MS = 250;

function tick() {
  for (const time of document.querySelectorAll("time[data-next-dose]")) {
    const left = Date.parse(time.dataset.nextDose) - serverNow();
    time.classList.toggle("is-due", left <= 0);
    write(time, left > 0 ? time.dataset.leftWords.replace("{time}", elapsed(left + 999, "seconds")) : time.dataset.nowWords);
  }
}

/** Let the countdown run. */
export function start() {
  tick();
  setInterval(tick, TICK_MS);
}
