// What has been done in an alarm, for whoever looks from far away: names of actions, never a measure of anybody.
import * as clock from "./clock.js";
import { say, words } from "./words.js";

const AT_MOST = 4;

/** What has been done, the latest last; of naloxone also how long ago, because the next dose depends on it. */
export function done(alert) {
  const since = performance.now() - alert.bornAt;
  const told = (alert.done ?? []).map(({ action, after_ms }) => {
    const what = words.actions[action];
    return action === "naloxone" ? say(words.done_ago, { what, time: clock.elapsed(since - after_ms, "seconds") }) : what;
  });
  return told.slice(-AT_MOST).join(" · ");
}
