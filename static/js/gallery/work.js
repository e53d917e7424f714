// The page of one work: copying, comparing, marking, and forms that send themselves. Everything works without this file.

import { findAll } from "#lib/dom";
import { _ } from "#lib/words";
import { listen } from "#gallery/marks";
import { bindStage } from "#gallery/stage";
import { bindModels } from "#lib/viewer/viewer";

const SHOWN_FOR = 2000; // ms
const status = document.getElementById("told");

/** Copies `source`'s text. The clipboard needs https or localhost; elsewhere the old way by a selection still works. */
async function copy(source) {
  const field = source.matches("input");
  if (navigator.clipboard) return navigator.clipboard.writeText(field ? source.value : source.textContent);
  const selection = getSelection();
  if (field) source.select();
  else selection.selectAllChildren(source);
  const done = document.execCommand("copy");
  selection.removeAllRanges();
  if (!done) throw new Error("the browser refused to copy");
  return undefined;
}

/** Says what happened: in the status line for screen readers, and for two seconds on the button. */
function tell(button, text, copied) {
  status.textContent = text;
  const words = button.querySelector("span");
  if (words) {
    words.dataset.before ??= words.textContent;
    words.textContent = text;
  }
  button.toggleAttribute("data-copied", copied);
  clearTimeout(button.timer);
  button.timer = setTimeout(() => {
    if (words) words.textContent = words.dataset.before;
    button.removeAttribute("data-copied");
    status.textContent = "";
  }, SHOWN_FOR);
}

for (const button of findAll("[data-copies]")) {
  button.addEventListener("click", async () => {
    try {
      await copy(document.getElementById(button.dataset.copies));
      tell(button, _("Copied"), true);
    } catch {
      tell(button, _("Could not copy"), false);
    }
  });
}

for (const stage of findAll("[data-stage]")) bindStage(stage);
bindModels();
for (const form of findAll("[data-sends-itself]")) form.addEventListener("change", () => form.requestSubmit());
listen((text) => (status.textContent = text));

for (const button of findAll("[data-edits]")) {
  button.addEventListener("click", async () => {
    const { openEditor } = await import("#studio/editing/editor");
    const made = await openEditor(button.dataset.edits);
    if (made) location.assign(made.page);
  });
}
