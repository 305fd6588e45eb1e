// Alarm sounds, designed after IEC 60601-1-8: priority is told by rhythm, and each tone has harmonics that carry.
const HARMONICS = [0, 1, 0.8, 0.65, 0.5, 0.4, 0.3];
const RISE_S = 0.015;

// A kind of emergency is told by its melody. The first three tones and the last two of a half, in Hz: 150 to 1000, and
// four harmonics of the highest stay below 4 kHz.
const MELODIES = {
  overdose: [523, 494, 440, 392, 349],
  stimulant: [262, 330, 392, 392, 523],
  medical: [523, 523, 523, 659, 784],
  aggression: [440, 622, 440, 622, 440],
  "welfare-check": [330, 392, 494, 392, 330],
};
// Pulses as [start, length, fundamental in Hz]; a burst begins anew after `every` seconds.
const half = (from, [a, b, c, d, e]) => [
  [from, 0.15, a], [from + 0.25, 0.15, b], [from + 0.5, 0.15, c],
  [from + 0.95, 0.15, d], [from + 1.2, 0.15, e],
];
const RHYTHMS = {
  high: { every: 6.0, pulses: (melody) => [...half(0, melody), ...half(1.9, melody)] },
  medium: { every: 8.0, pulses: ([a, b, c]) => [[0, 0.2, a], [0.4, 0.2, b], [0.8, 0.2, c]] },
  low: { every: 16.0, pulses: ([a, , c]) => [[0, 0.2, a], [0.5, 0.2, c]] },
};
const ofEachKind = (priority) =>
  Object.entries(MELODIES).map(([kind, melody]) => {
    const { every, pulses } = RHYTHMS[priority];
    return [`${priority} ${kind}`, { every, pulses: pulses(melody), priority }];
  });
const PATTERNS = Object.fromEntries([
  ["unsent", { every: 4.0, pulses: RHYTHMS.high.pulses(MELODIES.medical), priority: "unsent" }],
  ...ofEachKind("high"),
  ["lost", { every: 5.0, pulses: [[0, 0.45, 247], [0.6, 0.45, 185]], priority: "lost" }],
  ...ofEachKind("medium"),
  ...ofEachKind("low"),
  ["technical", { every: 8.0, pulses: [[0, 0.3, 392], [0.35, 0.5, 294]], priority: "technical" }],
]);
const ORDER = Object.keys(PATTERNS);

/** The pattern of an alarm: the rhythm of its priority, the melody of its kind; technical faults sound like no emergency. */
export const patternOf = (alert) => (alert.kind in MELODIES ? `${alert.priority} ${alert.kind}` : "technical");

/** Every pattern that an alarm can have. */
export const ALARMS = ORDER.filter((name) => name === "technical" || name.includes(" "));

const wanted = new Map();
let context = null;
let tone = null;
let timer = null;
let playing = null;

/** Whether this screen can be heard. */
export const able = () => context?.state === "running";

/**
 * Let `who` sound a pattern, or fall silent with null. The most urgent wins; two of the same priority take turns.
 * `onSound` is told of each burst.
 */
export function want(who, pattern, onSound) {
  if (pattern) wanted.set(who, { pattern, onSound });
  else wanted.delete(who);
  const urgent = mostUrgent();
  if (urgent.includes(playing) || (urgent.length === 0 && playing === null)) return;
  playing = urgent[0] ?? null;
  clearTimeout(timer);
  if (playing) burst();
}

function mostUrgent() {
  const patterns = new Set([...wanted.values()].map((one) => one.pattern));
  const inOrder = ORDER.filter((name) => patterns.has(name));
  return inOrder.filter((name) => PATTERNS[name].priority === PATTERNS[inOrder[0]].priority);
}

function nextInTurn() {
  const urgent = mostUrgent();
  playing = urgent[(urgent.indexOf(playing) + 1) % urgent.length];
  burst();
}

function burst() {
  const { pulses, every } = PATTERNS[playing];
  if (able()) {
    for (const pulse of pulses) play(...pulse);
    for (const one of wanted.values()) if (one.pattern === playing) one.onSound?.();
  }
  timer = setTimeout(nextInTurn, (able() ? every : 0.25) * 1000);
}

function play(start, length, hertz) {
  const at = context.currentTime + 0.02 + start;
  const oscillator = new OscillatorNode(context, { periodicWave: tone, frequency: hertz });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.9, at + RISE_S);
  volume.gain.setValueAtTime(0.9, at + length - RISE_S);
  volume.gain.linearRampToValueAtTime(0, at + length);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + length + 0.01);
}

function unlock() {
  if (!able()) context.resume();
}

/** Open the sound; where the browser wants a gesture first, say so until there was one. */
export function start() {
  if (!("AudioContext" in window)) return;
  context = new AudioContext();
  tone = context.createPeriodicWave(new Float32Array(HARMONICS.length), new Float32Array(HARMONICS));
  const notice = document.getElementById("sound-off");
  const tell = () => (notice.hidden = able() || !("line" in document.body.dataset));
  context.addEventListener("statechange", tell);
  for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, unlock, { capture: true });
  notice.addEventListener("click", unlock);
  // A browser that will allow it needs a moment to say so.
  setTimeout(tell, 500);
}
