// The page of API keys: copies the new one. Without this file the field is selected and copied by hand.

import { copy } from "#lib/copying";
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
