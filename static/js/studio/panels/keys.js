// The keyboard: one table feeds both the keys and the dialog that lists them.

import { el, find, isTyping } from "#lib/dom";
import { _ } from "#lib/words";

/** `keys` are shown; `test` says whether a keydown is meant; `typing`: works inside text fields too. */
export function table(act) {
  const letter = (key) => (event) => !event.ctrlKey && !event.metaKey && !event.altKey && event.key.toLowerCase() === key;
  const command = (event) => (event.ctrlKey || event.metaKey) && !event.altKey;
  return [
    { keys: [["Ctrl", "Enter"]], text: _("Generate"), typing: true, test: (e) => command(e) && e.key === "Enter", run: act.generate },
    { keys: [["Esc"], ["Shift", "X"]], text: _("Cancel the picture"), test: (e) => e.key === "Escape" || (e.shiftKey && letter("x")(e)), run: act.cancel },
    { keys: [["Ctrl", "Z"]], text: _("Undo"), test: (e) => command(e) && !e.shiftKey && e.key.toLowerCase() === "z", run: act.undo },
    { keys: [["Ctrl", "Shift", "Z"], ["Ctrl", "Y"]], text: _("Redo"), test: (e) => command(e) && ((e.shiftKey && e.key.toLowerCase() === "z") || e.key.toLowerCase() === "y"), run: act.redo },
    { keys: [["B"]], text: _("Brush"), test: letter("b"), run: act.brush },
    { keys: [["E"]], text: _("Eraser"), test: letter("e"), run: act.eraser },
    { keys: [["["]], text: _("Smaller brush"), test: letter("["), run: act.smaller },
    { keys: [["]"]], text: _("Larger brush"), test: letter("]"), run: act.larger },
    { keys: [["?"]], text: _("This list"), test: (e) => e.key === "?", run: act.help },
  ];
}

/** Bind the table to the page. Keys belong to text fields, menus and dialogs first. */
export function bindKeys(act) {
  const rows = table(act);
  fillDialog(rows);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || find("dialog[open], [popover]:popover-open")) return;
    const typing = isTyping(event.target);
    const row = rows.find((each) => (each.typing || !typing) && each.test(event));
    if (!row) return;
    event.preventDefault();
    row.run();
  });
}

function fillDialog(rows) {
  const combination = (keys) => keys.map((key) => el("kbd", {}, key));
  const items = rows.flatMap(({ keys, text }) => [el("dt", {}, text), el("dd", {}, ...keys.flatMap((keys_, i) => [i ? "  " : "", ...combination(keys_)]))]);
  find("#keys-list").replaceChildren(...items);
}
