// The wall: an alarm takes the screen, and the foot line says whether the alarm path is alive.
import * as clock from "./clock.js";
import { done } from "./done.js";
import * as ringing from "./ringing.js";
import { placeName, pressed, say, whoComes, words } from "./words.js";

const TEST_IS_OLD_S = 150;
// Beats come every 2 s, and every 4 s while the database is locked: so late, the wall has said it within ten.
const WATCH_IS_LATE_MS = 5_000;
const stage = document.getElementById("stage");
const put = (root, name, text) => clock.write(root.querySelector(`[data-field="${name}"]`), text);
const age = (alert) => clock.elapsed(performance.now() - alert.bornAt, "seconds");
// A cubicle is told by its number alone, as tall as the screen allows.
const spot = (alert) => /^cubicle-(\d+)$/.exec(alert.place)?.[1] ?? placeName(alert);

// Somebody is coming already, and it was pressed again: that is news until the alarm is over.
function count(alert) {
  if (alert.state === "raised" || alert.pressedAgainAt === -Infinity) return pressed(alert);
  const time = clock.elapsed(performance.now() - alert.pressedAgainAt, "seconds");
  return say(words.pressed_again, { time, count: alert.count });
}

const look = (alert) =>
  `${alert.priority} ${alert.state}${alert.drill ? " drill" : ""}${ringing.justPressedAgain(alert) ? " again" : ""}`;

function fill(root, alert) {
  put(root, "place", spot(alert));
  put(root, "kind", words.kinds[alert.kind]);
  put(root, "age", age(alert));
  put(root, "who", whoComes(alert));
  put(root, "count", [count(alert), done(alert)].filter(Boolean).join(". "));
}

function draw() {
  const [first, ...others] = ringing.open();
  document.body.classList.toggle("has-alarm", Boolean(first));
  stage.hidden = !first;
  if (!first) return;
  const main = stage.querySelector("[data-slot=main]");
  const size = /^\d/.test(spot(first)) ? `digits-${spot(first).length}` : "in-words";
  main.className = `stage-main ${look(first)} ${size}`;
  fill(main, first);
  const list = stage.querySelector("[data-slot=others]");
  const template = document.getElementById("stage-other");
  while (list.children.length > others.length) list.lastElementChild.remove();
  others.forEach((alert, index) => {
    const card = list.children[index] ?? list.appendChild(template.content.firstElementChild.cloneNode(true));
    card.className = look(alert);
    fill(card, alert);
    put(card, "place", placeName(alert));
  });
}

function hearBeat({ detail }) {
  const tested = detail.self_test_age_s;
  clock.write(document.querySelector("[data-beat=able_displays]"), String(detail.able_displays));
  clock.write(
    document.querySelector("[data-beat=self_test_age_s]"),
    tested === null || tested === undefined ? words.never : say(words.ago, { seconds: tested }),
  );
  document.getElementById("foot-displays").classList.toggle("is-over", detail.able_displays < 1);
  document.getElementById("foot-test").classList.toggle("is-over", !(tested < TEST_IS_OLD_S));
  document.getElementById("foot-clock").hidden = !detail.clock_off_s;
  clock.write(document.querySelector("[data-beat=clock_off_s]"), `${detail.clock_off_s} s`);
  const late = [detail.watch_age_ms, detail.database_age_ms].some((age) => age === null || age > WATCH_IS_LATE_MS);
  document.getElementById("foot-watch").hidden = !late;
}

/** Run the wall, where this page is one. */
export function start() {
  if (!stage) return;
  ringing.onChange(draw);
  document.addEventListener("room:beat", hearBeat);
  setInterval(() => ringing.open().length && draw(), 250);
}
