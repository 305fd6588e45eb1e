// The alarm button and F9: every press is kept until it is through; meanwhile this page shouts and tries again.
import * as sound from "./sound.js";
import { placeName } from "./words.js";

const TIMEOUT_MS = 2000;
const AGAIN_MS = 2000;
const LOOK_MS = 250;
const STEP_MS = 300;
const SAID_FOR_MS = 60_000;
const CONFIRMED_MS = 5000;
const KEPT = "room-unsent-alarm ";
// Answers of 4xx that may be another one the next time.
const PASSING = [408, 425, 429];
const button = document.querySelector("form.alarm-button");
const notice = document.getElementById("unsent");
// What is not through yet, by its key; and the lines of the notice, by what they are about.
const presses = new Map();
const lines = new Map();
// Alarms that are stored and that no screen has shown; and those of which somebody has said that help is there.
const unseen = new Set();
const helpIsThere = new Set();
let going = false;

// crypto.randomUUID is missing on plain http, and a room's own network may be that.
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const oldestFirst = () => [...presses.values()].sort((one, other) => one.at - other.at);

function raise(form) {
  const body = new URLSearchParams(new FormData(form));
  body.delete("csrf_token");
  body.delete("idempotency_key");
  press(body.toString());
}

function press(body) {
  const known = oldestFirst().find((one) => one.body === body);
  // While it is under way, another press of the same button is the same call for help; after a refusal it is a new one.
  if (known?.refused) drop(known);
  send(known && !known.refused ? known : keep({ key: newKey(), body, at: Date.now() }));
}

function keep(press) {
  presses.set(press.key, press);
  const { key, body, at, refused } = press;
  try {
    localStorage.setItem(KEPT + key, JSON.stringify({ key, body, at, refused }));
  } catch {
    // A store that is full or forbidden must not stop an alarm: this page knows of it.
  }
  return press;
}

function drop(press) {
  try {
    localStorage.removeItem(KEPT + press.key);
  } catch {
    // As above.
  }
  forget(press.key);
}

function forget(key) {
  presses.delete(key);
  unsay(key);
  show();
}

/** Presses that a page before this one, or one that is closed, could not send; what cannot be read is passed over. */
function recall() {
  try {
    for (const name of Object.keys(localStorage).filter((name) => name.startsWith(KEPT) && !presses.has(name.slice(KEPT.length))))
      remember(JSON.parse(localStorage.getItem(name)));
  } catch {
    // As above.
  }
  sendAll();
}

function remember(press) {
  presses.set(press.key, press);
  if (press.refused) sayRefused(press);
}

/** The oldest first; but one that gets no answer does not keep the others waiting. */
async function sendAll() {
  if (going) return;
  going = true;
  try {
    for (const press of oldestFirst())
      if (isDue(press)) await Promise.race([send(press), new Promise((go) => setTimeout(go, STEP_MS))]);
  } finally {
    going = false;
  }
}

const isDue = (press) => presses.has(press.key) && !press.refused && !(performance.now() - press.triedAt < AGAIN_MS);

async function send(press) {
  if (press.sending) return;
  press.sending = true;
  press.triedAt = performance.now();
  const body = new URLSearchParams(press.body);
  body.set("idempotency_key", press.key);
  try {
    const answer = await fetch(button.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      keepalive: true,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const told = await answer.json().catch(() => ({}));
    if (answer.ok && told.code) through(press, told);
    else if (answer.status >= 400 && answer.status < 500 && !PASSING.includes(answer.status))
      refuse(press, told.detail || `(${answer.status})`);
    else press.failed = true;
  } catch {
    press.failed = true;
  }
  press.sending = false;
  show();
}

function through(press, told) {
  drop(press);
  const link = document.createElement("a");
  link.href = `/alarm/${encodeURIComponent(told.code)}#place-details`;
  link.textContent = notice.dataset.choose;
  unsay(told.code);
  const line = say(told.code, "sent", `${notice.dataset.sent} ${told.place_name}.`, link);
  setTimeout(() => lines.get(told.code) === line && unsay(told.code), SAID_FOR_MS);
  document.dispatchEvent(new CustomEvent("room:alarm-sent", { detail: told }));
  if (!told.confirmed) setTimeout(() => askWhetherSeen(told), CONFIRMED_MS);
}

/** A stored alarm that no screen shows is one that nobody knows of: say so, loudly, until one does. */
async function askWhetherSeen(told) {
  let now = null;
  try {
    const answer = await fetch(`/alarm/${encodeURIComponent(told.code)}`, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    now = answer.ok ? await answer.json() : null;
  } catch {
    // No answer is no confirmation.
  }
  const name = `unseen ${told.code}`;
  if (helpIsThere.has(told.code) || now?.confirmed || (now && now.state !== "raised")) {
    unseen.delete(told.code);
    unsay(name);
  } else {
    unseen.add(told.code);
    const helped = act(notice.dataset.known, () => helpIsThere.add(told.code));
    say(name, "refused", `${told.place_name}: ${notice.dataset.unseen}`, helped);
    setTimeout(() => askWhetherSeen(told), AGAIN_MS);
  }
  show();
}

/** What the server will not take stays, and sounds, until somebody has pressed again or says that they know. */
function refuse(press, sentence) {
  keep(Object.assign(press, { refused: sentence }));
  sayRefused(press);
}

function sayRefused(given) {
  const again = act(notice.dataset.again, () => press(given.body));
  const known = act(notice.dataset.known, () => drop(given));
  say(given.key, "refused", `${placesOf([given])}${notice.dataset.refused} ${given.refused}`, again, known);
  show();
}

function show() {
  const late = oldestFirst().filter((press) => press.failed && !press.refused);
  if (late.length) say("late", "late", placesOf(late) + notice.dataset.unsent);
  else unsay("late");
  const unheard = late.length || [...presses.values()].some((press) => press.refused);
  sound.want("unsent", unheard || unseen.size ? "unsent" : null);
}

function placesOf(some) {
  const places = some.map((press) => new URLSearchParams(press.body).get("place")).filter(Boolean);
  return places.length ? `${places.map((place) => placeName({ place, place_name: place })).join(", ")}: ` : "";
}

/** A line of the notice; it is written anew only when its words change, because every write is read out. */
function say(name, kind, text, ...acts) {
  let line = lines.get(name);
  if (!line) {
    line = document.createElement("p");
    line.className = kind;
    line.append(document.createElement("span"), ...acts);
    lines.set(name, line);
    if (kind === "sent") notice.append(line);
    else notice.prepend(line);
  }
  if (line.firstChild.textContent !== text) line.firstChild.textContent = text;
  notice.hidden = false;
  return line;
}

function unsay(name) {
  lines.get(name)?.remove();
  lines.delete(name);
  notice.hidden = lines.size === 0;
}

function act(label, does) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button";
  made.textContent = label;
  made.addEventListener("click", does);
  return made;
}

/** Raise by F9 and by every form marked data-alarm; go on with presses that a page before this one could not send. */
export function start() {
  addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-alarm]")) return;
    event.preventDefault();
    raise(event.target);
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "F9") return;
    event.preventDefault();
    if (!event.repeat) raise(button);
  });
  // Another page of this browser may have got it through.
  addEventListener("storage", ({ key, newValue }) => key?.startsWith(KEPT) && newValue === null && forget(key.slice(KEPT.length)));
  addEventListener("online", () => {
    for (const press of presses.values()) delete press.triedAt;
    recall();
  });
  document.addEventListener("visibilitychange", recall);
  setInterval(sendAll, LOOK_MS);
  recall();
}
