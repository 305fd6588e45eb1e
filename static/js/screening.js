// The questions of a screening, one after another: an answer brings the next, and the last one saves.
const SCAN_MS = 60;
const form = document.getElementById("screening");
if (form) start(form);

function start(form) {
  const questions = [...form.querySelectorAll("fieldset")];
  const [previous, next, save] = ["previous", "next", "save"].map((name) => form.querySelector(`[data-${name}]`));
  const last = questions.length - 1;
  let at = 0;
  let cameBack = false;

  const show = (number, focus = true) => {
    at = number;
    for (const [index, question] of questions.entries()) question.hidden = index !== at;
    form.querySelector("[data-at]").textContent = at + 1;
    previous.hidden = at === 0;
    next.hidden = at === last;
    save.hidden = at !== last;
    if (focus) (questions[at].querySelector(":checked") ?? questions[at].querySelector("input")).focus({ preventScroll: true });
  };
  const goOn = () => {
    cameBack = false;
    if (at === last) form.requestSubmit(save);
    else show(at + 1);
  };
  const goBack = () => {
    cameBack = true;
    if (at > 0) show(at - 1);
  };

  form.querySelector("[data-steps-of]").hidden = false;
  show(0, Boolean(form.closest("[data-focus-here]")));
  previous.addEventListener("click", goBack);
  next.addEventListener("click", goOn);
  // Several substances: one tap goes on, and going back leaves time for another.
  form.addEventListener("click", ({ target, detail, isTrusted }) => {
    if (!target.matches("input")) return;
    const several = questions[at].hasAttribute("data-several");
    const byArrows = target.type === "radio" && isTrusted && detail === 0;
    if (!byArrows && target.checked && !(several && (cameBack || at === last))) goOn();
  });
  form.closest("details")?.addEventListener("toggle", ({ target }) => target.open && show(at));
  listen(form, { goOn, goBack });
}

/** Enter goes on, an arrow goes back; letters are somebody else's name, and belong into the search. */
function listen(form, { goOn, goBack }) {
  let typed = "";
  let typedAt = 0;
  form.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const quick = event.timeStamp - typedAt < SCAN_MS;
    typedAt = event.timeStamp;
    if (/^[0-9]$/.test(event.key)) {
      typed = (quick ? typed : "") + event.key;
      return;
    }
    if (event.key === "Enter" && !event.target.matches("button")) {
      event.preventDefault();
      goOn();
    } else if (event.key === "Backspace" || event.key === "ArrowLeft") {
      event.preventDefault();
      goBack();
    } else if (event.key.length === 1 && event.key !== " ") {
      const search = document.getElementById("q");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.value = (quick ? typed : "") + event.key;
    }
  });
}
