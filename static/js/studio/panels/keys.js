// The keyboard: one table feeds the keys, the tooltips and the dialog that lists them.

import { el, find, findAll, isTyping } from "#lib/dom";
import { _ } from "#lib/words";

/**
 * `keys`: one or more combinations, the key itself last. `typing`: works inside text fields too. `name` is what an
 * element names in data-shortcut to show the keys in its tooltip. A row without `run` is only told.
 */
export function table(act) {
  const tool = (name, key, text) => ({ name, keys: [[key]], text, run: () => act.tool(name) });
  return [
    { title: _("Making") },
    { name: "generate", keys: [["Ctrl", "Enter"]], text: _("Generate"), typing: true, run: act.generate },
    { name: "cancel", keys: [["Esc"], ["Shift", "X"]], text: _("Cancel the picture"), run: act.cancel },
    { name: "pin", keys: [["P"]], text: _("Pin or unpin the picture"), run: act.pin },
    { name: "keep", keys: [["K"]], text: _("Keep the live picture"), run: act.keep },
    { title: _("Drawing") },
    tool("brush", "B", _("Brush")),
    tool("eraser", "E", _("Eraser")),
    tool("line", "L", _("Line")),
    tool("rectangle", "R", _("Rectangle")),
    tool("ellipse", "O", _("Ellipse")),
    tool("fill", "G", _("Fill")),
    { name: "pick", keys: [["I"], ["Alt", _("click")]], text: _("Pick a colour"), run: () => act.tool("pick") },
    tool("lasso", "V", _("Select and move")),
    tool("mask", "Q", _("Mask brush")),
    tool("hand", "H", _("Move the board")),
    { name: "undo", keys: [["Ctrl", "Z"]], text: _("Undo"), run: act.undo },
    { name: "redo", keys: [["Ctrl", "Shift", "Z"], ["Ctrl", "Y"]], text: _("Redo"), run: act.redo },
    { name: "smaller", keys: [["["]], text: _("Smaller brush"), run: act.smaller },
    { name: "larger", keys: [["]"]], text: _("Larger brush"), run: act.larger },
    { keys: [["Shift", _("drag")]], text: _("Brush size") },
    { name: "swap", keys: [["X"]], text: _("Swap the last two colours"), run: act.swap },
    { name: "reset", keys: [["D"]], text: _("Ink on white"), run: act.reset },
    { name: "all", keys: [["Ctrl", "A"]], text: _("Select the whole layer"), run: act.all },
    { name: "put", keys: [["Enter"]], text: _("Put down what is selected"), run: act.put },
    { name: "remove", keys: [["Del"]], text: _("Delete what is selected, or clear the layer"), run: act.remove },
    { name: "layers", keys: [["Y"]], text: _("Layers"), run: act.layers },
    { title: _("View") },
    { name: "move", keys: [["Space"]], text: _("Hold and drag: move the board") },
    { name: "fit", keys: [["0"], ["Ctrl", "0"]], text: _("Whole board"), run: act.fit },
    { name: "actual", keys: [["1"], ["Ctrl", "1"]], text: _("Actual size"), run: act.actual },
    { name: "mirror", keys: [["M"]], text: _("Mirror the view"), run: act.mirror },
    { name: "panel", keys: [["F"]], text: _("More room: the settings away, or back"), run: act.panel },
    { name: "help", keys: [["?"]], text: _("This list"), run: act.help },
    { title: _("Fingers and pen") },
    { keys: [[_("two fingers, tap")]], text: _("Undo") },
    { keys: [[_("three fingers, tap")]], text: _("Redo") },
    { keys: [[_("two fingers, drag")]], text: _("Zoom, move and turn the board") },
    { keys: [[_("hold still")]], text: _("Pick a colour") },
    { keys: [[_("other end of the pen")]], text: _("Eraser") },
  ];
}

const NAMED = { Esc: "Escape", Del: "Delete", Space: " " };

/** Whether a keydown is this combination. Ctrl is Command on a Mac; Shift is part of a sign such as "?". */
export function matches(keys, event) {
  const key = keys.at(-1);
  const sign = key.length === 1 && !/[a-z0-9]/i.test(key);
  if (keys.includes("Ctrl") !== (event.ctrlKey || event.metaKey) || keys.includes("Alt") !== event.altKey) return false;
  if (!sign && keys.includes("Shift") !== event.shiftKey) return false;
  return event.key.toLowerCase() === (NAMED[key] ?? key).toLowerCase();
}

/** Bind the table to the page. Keys belong to text fields, menus and dialogs first. */
export function bindKeys(act) {
  const rows = table(act);
  fillDialog(rows);
  showInTooltips(rows);
  const free = (event) => !event.defaultPrevented && !event.isComposing && !find("dialog[open], [popover]:popover-open");
  document.addEventListener("keydown", (event) => {
    if (!free(event)) return;
    const typing = isTyping(event.target);
    if (event.key === " " && !typing && !event.target.closest?.("button, summary, a, label")) return hold(event, true);
    const row = rows.find((each) => each.run && (each.typing || !typing) && each.keys.some((keys) => matches(keys, event)));
    // Enter on a button presses the button.
    if (!row || (event.key === "Enter" && !row.typing && event.target.closest?.("button, summary, a"))) return;
    event.preventDefault();
    row.run();
  });
  document.addEventListener("keyup", (event) => event.key === " " && act.moving(false));
  window.addEventListener("blur", () => act.moving(false));

  function hold(event, moving) {
    event.preventDefault();
    act.moving(moving);
  }
}

const written = (keys) => keys.join("+");

/** `title` of each element with data-shortcut: its label, and the first keys of its row. */
function showInTooltips(rows) {
  for (const node of findAll("[data-shortcut]")) {
    const row = rows.find((each) => each.name === node.dataset.shortcut);
    node.title = `${node.getAttribute("aria-label") ?? node.title} (${written(row.keys[0])})`;
  }
}

function fillDialog(rows) {
  const groups = [];
  for (const { title, keys, text } of rows) {
    if (title) groups.push(el("section", {}, el("h3", {}, title), el("dl", { class: "keys" })));
    else groups.at(-1).lastChild.append(el("dt", {}, text), el("dd", {}, ...keys.flatMap((each, i) => [i ? "  " : "", ...each.map((key) => el("kbd", {}, key))])));
  }
  find("#keys-list").replaceChildren(...groups);
}
