// Alarm sounds, designed after IEC 60601-1-8: priority is told by rhythm, and each tone has harmonics that carry.
const HARMONICS = [0, 1, 0.8, 0.65, 0.5, 0.4, 0.3];
const RISE_S = 0.015;

// Pulses as [start, length, fundamental in Hz]; a burst begins anew after `every` seconds.
const half = (from) => [
  [from, 0.15, 523], [from + 0.25, 0.15, 523], [from + 0.5, 0.15, 523],
  [from + 0.95, 0.15, 659], [from + 1.2, 0.15, 784],
];
const PATTERNS = {
  unsent: { every: 4.0, pulses: [...half(0), ...half(1.9)] },
  high: { every: 6.0, pulses: [...half(0), ...half(1.9)] },
  lost: { every: 5.0, pulses: [[0, 0.45, 247], [0.6, 0.45, 185]] },
  medium: { every: 8.0, pulses: [[0, 0.2, 440], [0.4, 0.2, 440], [0.8, 0.2, 440]] },
  low: { every: 16.0, pulses: [[0, 0.2, 330], [0.5, 0.2, 330]] },
  technical: { every: 8.0, pulses: [[0, 0.3, 392], [0.35, 0.5, 294]] },
};
const ORDER = Object.keys(PATTERNS);

const wanted = new Map();
let context = null;
let tone = null;
let timer = null;
let playing = null;

/** Whether this screen can be heard. */
export const able = () => context?.state === "running";

/** Let `who` sound a pattern, or fall silent with null; the most urgent of all wins. `onSound` is told of each burst. */
export function want(who, pattern, onSound) {
  if (pattern) wanted.set(who, { pattern, onSound });
  else wanted.delete(who);
  const next = mostUrgent();
  if (next === playing) return;
  playing = next;
  clearTimeout(timer);
  if (playing) burst();
}

function mostUrgent() {
  const patterns = [...wanted.values()].map((one) => one.pattern);
  return ORDER.find((name) => patterns.includes(name)) ?? null;
}

function burst() {
  const { pulses, every } = PATTERNS[playing];
  if (able()) {
    for (const pulse of pulses) play(...pulse);
    for (const one of wanted.values()) if (one.pattern === playing) one.onSound?.();
  }
  timer = setTimeout(burst, (able() ? every : 0.25) * 1000);
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
