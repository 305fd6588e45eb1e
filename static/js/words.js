// What scripts say, in the language of the page.
export const words = JSON.parse(document.querySelector("meta[name=alarm-words]").content);

/** A sentence with its {places} filled. */
export function say(sentence, values = {}) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** What the place of an alarm is called. */
export function placeName(alert) {
  const number = /^cubicle-(\d+)$/.exec(alert.place)?.[1];
  return number ? say(words.cubicle, { number }) : (words.zones[alert.place] ?? alert.place_name);
}

/** Who is coming, who is there, or that nobody has answered and who was asked. */
export function whoComes(alert) {
  const audiences = words.audiences[alert.kind];
  const coming = say(words.coming, { name: alert.responder });
  if (alert.state === "acknowledged") return alert.step > audiences.length ? `${coming}. ${words.nobody_arrived}` : coming;
  if (alert.state === "on-scene") return say(words.there, { name: alert.responder });
  const audience = audiences[Math.min(alert.step, audiences.length) - 1];
  if (!audience) return words.nobody;
  const names = shortened(alert.called);
  return `${words.nobody}, ${say(names ? words.asked_by_name : words.asked, { audience, names })}`;
}

const NAMES_AT_MOST = 4;

/** A few names in a row, and how many more there are. */
function shortened(names = []) {
  const first = names.slice(0, NAMES_AT_MOST).join(", ");
  return names.length > NAMES_AT_MOST ? say(words.and_more, { names: first, count: names.length - NAMES_AT_MOST }) : first;
}

/** How often it was pressed, if more than once, who of those that must all answer has not, and whose screens are silent. */
export function pressed(alert) {
  const names = [...new Set((alert.silences ?? []).map((one) => one.name))].join(", ");
  const missing = alert.state === "acknowledged" && shortened(alert.unanswered);
  const parts = [
    alert.count > 1 && say(words.pressed, { count: alert.count }),
    missing && say(words.unanswered, { names: missing }),
    names && say(words.silent, { names }),
  ];
  return parts.filter(Boolean).join(", ");
}
