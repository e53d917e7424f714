// The review queue by keyboard. Every key is a button of the page, which works by mouse and finger as well.

import { find, findAll, isTyping } from "#lib/dom";

const open = () => find(".sheet:popover-open");

/** Show the pictures, or blur them again. They are blurred anew with every case. */
function reveal() {
  const figures = findAll(".case-picture");
  const blurred = figures[0]?.hasAttribute("data-blurred");
  for (const figure of figures) figure.toggleAttribute("data-blurred", !blurred);
}

/** A reason was chosen: what the person is told, unless the moderator has written something else. */
function suggest(radio) {
  const words = find("textarea", radio.form);
  if (words.value && words.value !== words.dataset.suggested) return;
  words.value = radio.dataset.words;
  words.dataset.suggested = radio.dataset.words;
}

function choose(sheet, number) {
  const radio = find(`input[data-number="${number}"]`, sheet);
  if (!radio) return false;
  radio.checked = true;
  radio.focus();
  suggest(radio);
  return true;
}

/** Keys inside the small form of an act: a digit is a reason, Enter decides; in the words Enter is a new line. */
function inSheet(sheet, event) {
  if (isTyping(event.target)) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) sheet.requestSubmit?.();
    return;
  }
  if (/^\d$/.test(event.key) && choose(sheet, event.key)) event.preventDefault();
  if (event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) {
    event.preventDefault();
    sheet.requestSubmit?.();
  }
}

document.addEventListener("keydown", (event) => {
  const sheet = open();
  if (sheet) return inSheet(sheet, event);
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return undefined;
  // Space and Enter press what has the focus; elsewhere space shows the picture.
  if (event.key === " " && event.target instanceof Element && event.target.matches("button, a, summary")) return undefined;
  const button = find(`[data-key="${CSS.escape(event.key)}"]`);
  if (!button) return undefined;
  event.preventDefault();
  button.click();
  return undefined;
});

for (const button of findAll(".case-reveal")) button.addEventListener("click", reveal);
for (const radio of findAll("input[data-words]")) radio.addEventListener("change", () => suggest(radio));
for (const sheet of findAll("form.sheet")) {
  sheet.addEventListener("toggle", ({ newState }) => newState === "open" && find("input[type=radio], textarea", sheet)?.focus());
  // Sent twice by an impatient finger, the second would be about the next case's undo: once is enough.
  sheet.addEventListener("submit", () => setTimeout(() => findAll("button", sheet).forEach((button) => (button.disabled = true))));
}

find("main").dataset.ready = "true"; // from here on keys are heard
