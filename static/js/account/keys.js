// The page of API keys: copies the new one. Without this file the field is selected and copied by hand.

import { findAll } from "#lib/dom";
import { _ } from "#lib/words";

const SHOWN_FOR = 2000; // ms

for (const button of findAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const words = button.querySelector("span");
  const before = words.textContent;
  button.hidden = false;
  source.addEventListener("focus", () => source.select());
  button.addEventListener("click", async () => {
    const copied = await copy(source);
    const text = copied ? _("Copied") : _("Please copy it by hand");
    document.getElementById("copied").textContent = text;
    words.textContent = text;
    setTimeout(() => (words.textContent = before), SHOWN_FOR);
  });
}

/** Whether it was copied. The clipboard needs https or localhost; elsewhere the old way by a selection still works. */
async function copy(field) {
  try {
    if (navigator.clipboard) return (await navigator.clipboard.writeText(field.value), true);
  } catch {
    // refused: the old way
  }
  field.select();
  return document.execCommand("copy");
}
