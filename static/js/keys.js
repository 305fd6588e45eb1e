// Keys shown beside buttons, links and toggles: plain outside a text field, with Alt inside one; Escape everywhere.
const answersEnter = (element) => element?.matches("a, button, input, select, textarea, summary");
const isTyping = (element) => element.matches("input:not([type=checkbox], [type=radio], [type=hidden]), textarea, select");

function press(event) {
  if (event.ctrlKey || event.metaKey || event.repeat || event.defaultPrevented) return;
  if (isTyping(document.activeElement) && !event.altKey && event.key !== "Escape") return;
  if (event.key === "Enter" && answersEnter(document.activeElement)) return;
  const key = event.altKey ? event.code.replace(/^(Key|Digit)/, "") : event.key;
  const own = document.activeElement?.closest("[data-own-keys]"); // where the cursor is, its keys come first
  const target = [...(own?.querySelectorAll("[data-key]") ?? []), ...document.querySelectorAll("[data-key]")].find(
    (one) => one.dataset.key.toLowerCase() === key.toLowerCase() && one.checkVisibility(),
  );
  if (!target) return;
  event.preventDefault();
  if (target.matches("input:not([type=checkbox], [type=radio]), select, textarea")) target.focus();
  else {
    target.click();
    if (target.matches("summary, section")) target.focus(); // so that what is in it has the plain keys
  }
}

/** Listen for the keys of this page. */
export function start() {
  addEventListener("keydown", press);
}
