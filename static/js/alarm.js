// The alarm button and F9: sent at once; until it is through, this page shouts and tries again with the same key.
import * as sound from "./sound.js";

const TIMEOUT_MS = 2000;
const AGAIN_MS = 2000;
const SAID_FOR_MS = 60_000;
const KEPT = "room-unsent-alarm";
let pending = null;
let sending = false;

// crypto.randomUUID is missing on plain http, and a room's own network may be that.
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function raise(form) {
  const body = new URLSearchParams(new FormData(form));
  body.delete("csrf_token");
  body.set("idempotency_key", newKey());
  // Another press while one is under way is the same call for help, unless it comes from another place.
  if (!pending || pending.body !== without(body)) pending = { url: form.action, sent: body.toString(), body: without(body) };
  sessionStorage.setItem(KEPT, JSON.stringify(pending));
  send();
}

function without(body) {
  const rest = new URLSearchParams(body);
  rest.delete("idempotency_key");
  return rest.toString();
}

async function send() {
  if (sending || !pending) return;
  sending = true;
  const trying = pending;
  try {
    const answer = await fetch(trying.url, {
      method: "POST",
      body: new URLSearchParams(trying.sent),
      headers: { Accept: "application/json" },
      keepalive: true,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    through(await answer.json(), trying);
  } catch {
    shout();
    setTimeout(send, AGAIN_MS);
  } finally {
    sending = false;
    if (pending && pending !== trying) send();
  }
}

function through(told, sent) {
  if (pending === sent) {
    pending = null;
    sessionStorage.removeItem(KEPT);
    sound.want("unsent", null);
  }
  const notice = document.getElementById("unsent");
  const link = document.createElement("a");
  link.href = `/alarm/${encodeURIComponent(told.code)}#place-details`;
  link.textContent = notice.dataset.choose;
  const said = document.createElement("span");
  said.textContent = `${notice.dataset.sent} ${told.place_name}.`;
  notice.replaceChildren(said, link);
  notice.classList.add("sent");
  notice.hidden = false;
  setTimeout(() => said.isConnected && (notice.hidden = true), SAID_FOR_MS);
  document.dispatchEvent(new CustomEvent("room:alarm-sent", { detail: told }));
}

function shout() {
  const notice = document.getElementById("unsent");
  notice.classList.remove("sent");
  if (notice.hidden || notice.textContent !== notice.dataset.unsent) notice.textContent = notice.dataset.unsent;
  notice.hidden = false;
  sound.want("unsent", "unsent");
}

/** Raise by F9 and by every form marked data-alarm; go on with a press that a page before this one could not send. */
export function start() {
  addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-alarm]")) return;
    event.preventDefault();
    raise(event.target);
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "F9") return;
    event.preventDefault();
    if (!event.repeat) raise(document.querySelector("form.alarm-button"));
  });
  const kept = sessionStorage.getItem(KEPT);
  if (kept) {
    pending = JSON.parse(kept);
    send();
  }
}
