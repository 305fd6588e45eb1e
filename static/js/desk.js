// Counters that step, a search that starts afresh, and a refused form's page that answers to its own address again.

// The address that took a refused form shows nothing by itself: loading it again means the page the form stands on.
if (document.querySelector("main .summary")) history.replaceState(null, "", document.body.dataset.address);

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
