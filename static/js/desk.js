// Counters that step, a search that starts afresh, and an answered form's page that has its own address again.

import "./screening.js";

// The address that took a refused form or a search shows nothing by itself: loading it again, or coming back to it,
// means the page that the form stands on, and sends nothing a second time.
const { address } = document.body.dataset;
if (location.pathname !== address.split("?")[0] || document.querySelector("main .summary")) history.replaceState(null, "", address);

// Who it is and what must be seen of them comes before the button, on a low screen too.
if (document.querySelector(".person, .ticket")) addEventListener("load", () => requestAnimationFrame(() => scrollTo(0, 0)));

// Whatever is typed into the search is somebody else than before.
const search = document.getElementById("q");
search?.addEventListener("focus", () => search.select());

for (const counter of document.querySelectorAll("[data-counter]")) {
  const field = counter.querySelector("input");
  const mark = () => counter.classList.toggle("some", Number(field.value) > 0);
  for (const button of counter.querySelectorAll("[data-step]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      field.value = Math.max(0, (Number(field.value) || 0) + Number(button.dataset.step));
      mark();
    });
  }
  field.addEventListener("focus", () => field.select());
  field.addEventListener("input", mark);
  mark();
}
