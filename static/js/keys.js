// Keys shown beside buttons, links and toggles: plain outside a text field, with Alt inside one; Escape everywhere.
const isTyping = (element) => element.matches("input:not([type=checkbox], [type=radio], [type=hidden]), textarea, select");

function press(event) {
  if (event.ctrlKey || event.metaKey || event.repeat || event.defaultPrevented) return;
  if (isTyping(document.activeElement) && !event.altKey && event.key !== "Escape") return;
  const key = event.altKey ? event.code.replace(/^(Key|Digit)/, "") : event.key;
  const target = [...document.querySelectorAll("[data-key]")].find(
    (one) => one.dataset.key.toLowerCase() === key.toLowerCase() && one.checkVisibility(),
  );
  if (!target) return;
  event.preventDefault();
  if (target.matches("input:not([type=checkbox], [type=radio]), select, textarea")) target.focus();
  else {
    target.click();
    if (target.matches("summary")) target.focus(); // so that what it opened has the plain keys
  }
}

/** Listen for the keys of this page. */
export function start() {
  addEventListener("keydown", press);
}
