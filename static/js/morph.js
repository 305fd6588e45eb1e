// Makes one piece of a page like another without rebuilding it: focus, typing and opened parts stay as they are.
const isField = (node) => node.matches?.("input:not([type=hidden]), select, textarea");

/** Make the children and attributes of `old` those of `fresh`. */
export function morph(old, fresh) {
  attributes(old, fresh);
  if (isField(old)) return;
  const kept = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const match = wanted.id ? kept.get(wanted.id) : undefined;
    if (match && match !== place) old.insertBefore(match, place);
    else if (!match && place && !alike(place, wanted)) {
      old.insertBefore(document.importNode(wanted, true), place);
      continue;
    }
    const present = match ?? place;
    if (!present) {
      old.append(document.importNode(wanted, true));
      continue;
    }
    if (present.nodeType === Node.ELEMENT_NODE) morph(present, wanted);
    else if (present.data !== wanted.data) present.data = wanted.data;
    place = present.nextSibling;
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function alike(one, other) {
  if (one.nodeType !== other.nodeType) return false;
  return one.nodeType !== Node.ELEMENT_NODE || (one.nodeName === other.nodeName && one.id === other.id);
}

function attributes(old, fresh) {
  for (const { name, value } of [...fresh.attributes]) {
    // A form keeps the key it was first shown with: pressing twice, with a refresh between, is still pressing once.
    if (name === "value" && (isField(old) || old.name === "idempotency_key")) continue;
    if (name === "action" && old.getAttribute(name) !== value) renewKey(old, fresh);
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && name !== "open" && name !== "tabindex") old.removeAttribute(name);
}

function renewKey(old, fresh) {
  const [was, is] = [old, fresh].map((form) => form.querySelector("input[name=idempotency_key]"));
  if (was && is) was.value = is.value;
}
