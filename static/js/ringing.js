// The open alarms as this page knows them: told by the socket, by the list on every connect, and by the poll.
const alerts = new Map();
const closed = new Map();
const listeners = new Set();
const PRIORITY = ["high", "medium", "low"];
const RESOUND_AFTER_MS = 60_000;
const SOUND_UNTIL_MS = 30_000;

/** Call `listener` whenever anything about an alarm changes. */
export const onChange = (listener) => listeners.add(listener);
const tell = () => listeners.forEach((listener) => listener());

/** Every open alarm: drills last, high priority first, then the unanswered, those pressed again, and the oldest. */
export function open() {
  const rank = (alert) => [alert.drill, PRIORITY.indexOf(alert.priority), alert.state !== "raised", !justPressedAgain(alert), alert.bornAt];
  return [...alerts.values()].sort((one, other) => {
    const [a, b] = [rank(one), rank(other)];
    const first = a.findIndex((value, index) => value !== b[index]);
    return first < 0 ? 0 : a[first] - b[first];
  });
}

/** One alarm as it is now; what is older than what we know, or closed already, is passed over. */
export function hear(alert) {
  if (keep(alert)) tell();
}

function keep(alert) {
  const known = alerts.get(alert.code);
  if ((closed.get(alert.code) ?? -1) >= alert.seq || (known && known.seq > alert.seq)) return false;
  if (alert.state === "closed") {
    closed.set(alert.code, alert.seq);
    return alerts.delete(alert.code);
  }
  const now = performance.now();
  alerts.set(alert.code, {
    ...alert,
    bornAt: known?.bornAt ?? now - alert.age_ms,
    heardAt: known?.heardAt ?? now,
    pressedAgainAt: known && alert.count > known.count ? now : (known?.pressedAgainAt ?? -Infinity),
    calledAgainAt: known && alert.step > known.step ? now : (known?.calledAgainAt ?? -Infinity),
    answeredAt: alert.state === "raised" ? null : (known?.answeredAt ?? now),
    silentUntil: now + Math.max(0, ...(alert.silences ?? []).filter((one) => one.whose === document.body.dataset.whose).map((one) => one.left_ms)),
    shown: known?.shown ?? false,
    sounded: known?.sounded ?? false,
  });
  return true;
}

/** The whole list, asked for at `askedAt`: what is not on it is over, unless we heard of it since. */
export function replaceAll(list, askedAt) {
  const listed = new Set(list.map((alert) => alert.code));
  for (const [code, alert] of alerts) if (!listed.has(code) && alert.heardAt < askedAt) alerts.delete(code);
  list.forEach(keep);
  tell();
}

/** Whether somebody pressed again a moment ago, as far as this page has heard. */
export const justPressedAgain = (alert) => performance.now() - alert.pressedAgainAt < SOUND_UNTIL_MS;

/** Whether this alarm sounds: until somebody is there, with a pause once somebody is coming, and anew when pressed again. */
export function sounds(alert) {
  if (performance.now() < alert.silentUntil) return false;
  if (alert.state === "raised" || justPressedAgain(alert)) return true;
  if (alert.state !== "acknowledged") return false;
  if (performance.now() - alert.calledAgainAt < RESOUND_AFTER_MS) return true;
  const since = performance.now() - Math.max(alert.answeredAt, alert.pressedAgainAt);
  return since < SOUND_UNTIL_MS || since >= RESOUND_AFTER_MS;
}
