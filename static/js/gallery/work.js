// The page of one work: copy buttons and the question before deleting. Everything else works without this file.

import { openDialog } from "#lib/dialog";

const SHOWN_FOR = 2000; // ms

/** Copies `source`'s text. The clipboard needs https or localhost; elsewhere the old way by a selection still works. */
async function copy(source) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(source.textContent);
    return;
  }
  const selection = getSelection();
  selection.selectAllChildren(source);
  const done = document.execCommand("copy");
  selection.removeAllRanges();
  if (!done) throw new Error("the browser refused to copy");
}

/** Says what happened: in the status line for screen readers, and for two seconds on the button. */
function tell(button, text, copied) {
  document.getElementById("copied").textContent = text;
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
    document.getElementById("copied").textContent = "";
  }, SHOWN_FOR);
}

for (const button of document.querySelectorAll("[data-copies]")) {
  button.addEventListener("click", async () => {
    try {
      await copy(document.getElementById(button.dataset.copies));
      tell(button, gettext("Copied"), true);
    } catch {
      tell(button, gettext("Could not copy"), false);
    }
  });
}

for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => openDialog(document.getElementById(button.dataset.opens)));
}

for (const button of document.querySelectorAll("[data-edits]")) {
  button.addEventListener("click", async () => {
    const { openEditor } = await import("#studio/editing/editor");
    const made = await openEditor(button.dataset.edits);
    if (made) location.assign(made.page);
  });
}
