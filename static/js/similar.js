// While an alias is typed: who it may be already. Sent as a form, so that no alias stands in an address.
const WAIT_MS = 250;
const place = document.querySelector("[data-similar]");
const form = document.getElementById("confirm");
let timer = null;
let asked = 0;

async function look() {
  const mine = ++asked;
  try {
    const answer = await fetch(place.dataset.similar, { method: "POST", body: new FormData(form), signal: AbortSignal.timeout(5000) });
    // A later letter has its own answer; without one the button asks before it makes a second record.
    if (answer.ok && mine === asked) place.innerHTML = await answer.text();
  } catch {
    // Nothing to say: the room's own warning line tells that the server is away.
  }
}

form?.addEventListener("input", (event) => {
  if (!["alias", "birth_year"].includes(event.target.name)) return;
  clearTimeout(timer);
  timer = setTimeout(look, WAIT_MS);
});
