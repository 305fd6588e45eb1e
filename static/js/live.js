// The line to the room: a socket that rings, a poll beside it, and a page that says so when it hears neither.
import { io } from "../vendor/socket.io-client/socket.io.esm.min.js";
import * as clock from "./clock.js";
import * as regions from "./regions.js";
import * as ringing from "./ringing.js";
import * as sound from "./sound.js";
import { say, words } from "./words.js";

const LOOK_MS = 500;
const TICK_MS = 250;
const NEW_WITHIN_MS = 20_000;
const POLL_WHEN_HEARING_MS = 15_000;
const { beatS, deafS, pollS, build } = document.body.dataset;
const ALERTS = "/api/v1/alerts?state=open";

let socket = null;
let seq = 0;
let heardAt = performance.now();
let socketHeardAt = -Infinity;
let polledAt = performance.now();
let polling = false;
let gettingNew = false;

function heard(bySocket) {
  heardAt = performance.now();
  if (bySocket) socketHeardAt = heardAt;
}

function receipt(code, stage) {
  if (socket?.connected) socket.emit("receipt", { code, stage });
}

function hearAlert(alert) {
  heard(true);
  seq = Math.max(seq, alert.seq);
  receipt(alert.code, "received");
  ringing.hear(alert);
  regions.refresh();
  tellWhatIsShown(alert.code);
}

function sync() {
  const askedAt = performance.now();
  socket.emit("sync", { after: seq }, (answer) => {
    heard(true);
    seq = Math.max(seq, answer.seq);
    for (const alert of answer.alerts) receipt(alert.code, "received");
    ringing.replaceAll(answer.alerts, askedAt);
    for (const alert of answer.alerts) tellWhatIsShown(alert.code);
    regions.refresh();
  });
}

/** An alarm counts as shown once it was painted on a page that somebody can see. */
function tellWhatIsShown(code) {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (document.visibilityState !== "visible") return;
      const alert = ringing.open().find((one) => one.code === code);
      if (!alert) return;
      alert.shown = true;
      receipt(code, "shown");
      if (alert.sounded) receipt(code, "sounded");
    }),
  );
}

/** All pages of the list: what is not on it is taken to be over, so a part of it will not do. */
async function everyOpenAlarm() {
  const found = [];
  let after = null;
  do {
    const answer = await fetch(after ? `${ALERTS}&after=${encodeURIComponent(after)}` : ALERTS, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(3000),
    });
    if (answer.ok || answer.status === 403) heard(false);
    if (!answer.ok) throw new Error(String(answer.status));
    const page = await answer.json();
    found.push(...page.items);
    after = page.next;
  } while (after);
  return found;
}

/** Ask over HTTP for every open alarm; an answer of any kind but a refusal means that the room is there. */
export async function poll() {
  if (polling) return;
  polling = true;
  polledAt = performance.now();
  const askedAt = polledAt;
  try {
    ringing.replaceAll(await everyOpenAlarm(), askedAt);
  } catch {
    // Nothing is taken away; if nothing was heard either, the page's own timer says so soon enough.
  } finally {
    polling = false;
  }
}

function beat() {
  if (!socket.connected) return;
  socket.emit("beat", { seq, visible: document.visibilityState === "visible", audio: sound.able(), build, clock_ms: Date.now() });
}

function soundAlarms() {
  const sounding = ringing.open().filter(ringing.sounds);
  for (const pattern of sound.ALARMS) {
    const ours = sounding.filter((alert) => sound.patternOf(alert) === pattern);
    sound.want(`alarms ${pattern}`, ours.length ? pattern : null, () =>
      ours.forEach((alert) => {
        alert.sounded = true;
        receipt(alert.code, "sounded");
      }),
    );
  }
}

function look() {
  const now = performance.now();
  const socketWorks = socket.connected && now - socketHeardAt < deafS * 1000;
  if (now - polledAt >= (socketWorks ? POLL_WHEN_HEARING_MS : pollS * 1000)) poll();
  const deaf = now - heardAt >= deafS * 1000;
  document.body.classList.toggle("is-deaf", deaf);
  for (const notice of document.querySelectorAll("#line-lost, #deaf")) notice.hidden = !deaf;
  for (const place of document.querySelectorAll("[data-heard]"))
    clock.write(place, say(words.ago, { seconds: Math.floor((now - heardAt) / 1000) }));
  sound.want("line", deaf ? "lost" : null);
  soundAlarms();
}

function hearBeat(said) {
  heard(true);
  seq = Math.max(seq, said.seq);
  regions.catchUp(said.seq);
  clock.hear(said.server_ms);
  document.dispatchEvent(new CustomEvent("room:beat", { detail: said }));
  if (said.build !== build) getNewScripts();
}

/** Listen to the room, if whoever looks at this page may hear its alarms. */
export function start() {
  if (!("line" in document.body.dataset)) return;
  socket = io({ transports: ["websocket"], reconnectionDelay: 500, reconnectionDelayMax: 2000, timeout: 4000 });
  socket.on("connect", () => {
    heard(true);
    sync();
    beat();
  });
  socket.on("alert", hearAlert);
  socket.on("beat", hearBeat);
  socket.on("board", (said) => {
    heard(true);
    seq = Math.max(seq, said.seq);
    regions.refresh();
  });
  socket.on("self_test", ({ id }) => {
    heard(true);
    receipt(id, "received");
  });
  // The server refused us: the library does not try again by itself, and the station may be enrolled anew.
  socket.on("connect_error", () => socket.active || setTimeout(() => socket.connect(), 2000));
  socket.on("disconnect", (reason) => reason === "io server disconnect" && setTimeout(() => socket.connect(), 1000));
  ringing.onChange(soundAlarms);
  document.addEventListener("visibilitychange", () => {
    beat();
    for (const alert of ringing.open()) tellWhatIsShown(alert.code);
  });
  document.addEventListener("room:alarm-sent", poll);
  keepTime();
  poll();
  keepAwake();
}

/** A wall takes new scripts by itself: never during an alarm, and not at the same moment as the wall beside it. */
function getNewScripts() {
  if (!document.getElementById("stage") || gettingNew) return;
  gettingNew = true;
  setTimeout(() => {
    gettingNew = false;
    if (ringing.open().length === 0 && socket.connected) location.reload();
  }, Math.random() * NEW_WITHIN_MS);
}

/** Beat and look at the time by a worker's clock; a page that hangs answers no tick, and falls silent as it should. */
function keepTime() {
  const last = { beat: -Infinity, look: -Infinity };
  const tick = () => {
    const now = performance.now();
    for (const [name, act, every] of [["beat", beat, beatS * 1000], ["look", look, LOOK_MS]]) {
      if (now - last[name] < every - TICK_MS / 2) continue;
      last[name] = now;
      act();
    }
  };
  try {
    const metronome = new Worker(new URL("metronome.js", import.meta.url));
    metronome.addEventListener("message", tick);
    metronome.addEventListener("error", () => setInterval(tick, TICK_MS), { once: true });
  } catch {
    setInterval(tick, TICK_MS);
  }
}

/** A wall must not fall asleep; where the browser cannot promise that, the display's own settings must. */
async function keepAwake() {
  if (!document.getElementById("stage")) return;
  const ask = () => document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => null);
  document.addEventListener("visibilitychange", ask);
  await ask();
}
