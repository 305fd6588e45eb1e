// The band of open alarms under the header of every page, with what one may do about each.
import * as clock from "./clock.js";
import { done } from "./done.js";
import * as ringing from "./ringing.js";
import { placeName, pressed, whoComes, words } from "./words.js";

const band = document.getElementById("alarms");
const template = document.getElementById("alarm-card");
const shownHere = document.querySelector("[data-this-alarm]")?.dataset.thisAlarm;
const part = (card, name) => card.querySelector(`[data-field="${name}"]`);
const put = (element, text) => element.textContent === text || (element.textContent = text);

function cardOf(alert) {
  const found = band.querySelector(`[data-code="${CSS.escape(alert.code)}"]`);
  if (found) return found;
  const card = template.content.firstElementChild.cloneNode(true);
  card.dataset.code = alert.code;
  for (const link of card.querySelectorAll("a[href]")) link.href = link.getAttribute("href").replace("CODE", alert.code);
  for (const form of card.querySelectorAll("form")) {
    form.action = form.getAttribute("action").replace("CODE", alert.code);
    form.elements.idempotency_key.value += alert.code;
  }
  return card;
}

const count = (alert) => [pressed(alert), done(alert)].filter(Boolean).join(". ");

function fill(card, alert) {
  card.className = `alarm-card ${alert.priority} ${alert.state}${alert.drill ? " drill" : ""}`;
  put(part(card, "place"), placeName(alert));
  put(part(card, "kind"), words.kinds[alert.kind]);
  put(part(card, "who"), whoComes(alert));
  put(part(card, "count"), count(alert));
  const age = part(card, "age");
  delete age.dataset.since;
  clock.write(age, clock.elapsed(performance.now() - alert.bornAt, "seconds"));
  for (const [act, hidden] of [["acknowledge", alert.state !== "raised"], ["on-scene", alert.state === "on-scene"], ["silence", !ringing.sounds(alert)]]) {
    const form = card.querySelector(`[data-act="${act}"]`);
    if (form) form.hidden = hidden;
  }
}

function draw() {
  const alerts = ringing.open().filter((alert) => alert.code !== shownHere);
  const codes = new Set(alerts.map((alert) => alert.code));
  for (const card of [...band.children]) if (!codes.has(card.dataset.code)) card.remove();
  alerts.forEach((alert, index) => {
    const card = cardOf(alert);
    fill(card, alert);
    if (band.children[index] !== card) band.insertBefore(card, band.children[index] ?? null);
  });
  const urgent = alerts.find((alert) => alert.state === "raised");
  document.title = (urgent ? `● ${words.kinds[urgent.kind]}, ${placeName(urgent)} · ` : "") + title;
}

const title = document.title;

/** "I am coming" is said without leaving the page; if that fails, the form is sent the plain way. */
async function answer(event) {
  const form = event.target;
  if (!["acknowledge", "silence"].includes(form.dataset.act)) return;
  event.preventDefault();
  try {
    const said = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      redirect: "manual",
      signal: AbortSignal.timeout(3000),
    });
    if (said.type !== "opaqueredirect" && !said.ok) throw new Error(String(said.status));
    form.hidden = true;
    form.elements.idempotency_key.value += "+"; // the same wish later is a new one
  } catch {
    form.submit();
  }
}

/** Keep the band true. */
export function start() {
  ringing.onChange(draw);
  band.addEventListener("submit", answer);
  setInterval(() => {
    for (const alert of ringing.open()) {
      const card = band.querySelector(`[data-code="${CSS.escape(alert.code)}"]`);
      if (!card) continue;
      clock.write(part(card, "age"), clock.elapsed(performance.now() - alert.bornAt, "seconds"));
      put(part(card, "count"), count(alert));
    }
  }, 250);
}
