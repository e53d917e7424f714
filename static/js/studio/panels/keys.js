// The keyboard: one table feeds the keys, the tooltips and the dialog that lists them.

import { el, find, findAll, isTyping } from "#lib/dom";
import { recall } from "#lib/keep";
import { _ } from "#lib/words";

/** Where a person's own keys are kept: the row's name -> its combinations. */
export const OWN_KEYS = "brushwire.keys";

const [PROMPT, UNWANTED] = ["#field-prompt", "#field-negative_prompt"];

/**
 * `keys`: one or more combinations, the key itself last. `typing`: works inside text fields too; `within`: only in those
 * of this selector. `name` is what an element names in data-shortcut to show the keys in its tooltip. A row without
 * `run` is only told.
 */
export function table(act) {
  const prompt = (name, key, text, run, within = PROMPT) => ({ name, keys: [key], text, typing: true, within, run });
  const tool = (name, key, text) => ({ name, keys: [[key]], text, run: () => act.tool(name) });
  return [
    { title: _("Making") },
    { name: "generate", keys: [["Ctrl", "Enter"]], text: _("Generate"), typing: true, run: act.generate },
    { name: "cancel", keys: [["Esc"], ["Shift", "X"]], text: _("Cancel the picture"), run: act.cancel },
    { name: "first", keys: [["Ctrl", "Shift", "Enter"]], text: _("Generate before what waits"), typing: true, run: act.first },
    { name: "stop", keys: [["Ctrl", "Shift", "X"]], text: _("Cancel all pictures"), typing: true, run: act.stop },
    { name: "variations", keys: [["W"]], text: _("Variations"), run: act.variations },
    { name: "live", keys: [["T"]], text: _("Live drawing on or off"), run: act.live },
    { name: "pin", keys: [["P"]], text: _("Pin or unpin the picture"), run: act.pin },
    { name: "keep", keys: [["K"]], text: _("Keep the live picture"), run: act.keep },
    { title: _("In the prompt") },
    prompt("older", ["Alt", "↑"], _("Earlier prompt"), () => act.prompts(1)),
    prompt("newer", ["Alt", "↓"], _("Later prompt"), () => act.prompts(-1)),
    prompt("heavier", ["Ctrl", "↑"], _("More weight for the words"), (event) => act.weight(event.target, 1), `${PROMPT}, ${UNWANTED}`),
    prompt("lighter", ["Ctrl", "↓"], _("Less weight for the words"), (event) => act.weight(event.target, -1), `${PROMPT}, ${UNWANTED}`),
    { title: _("Drawing") },
    tool("brush", "B", _("Brush")),
    tool("eraser", "E", _("Eraser")),
    tool("line", "L", _("Line")),
    { name: "rectangle", keys: [["R"], ["U"]], text: _("Rectangle"), run: () => act.tool("rectangle") },
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
    { name: "comment", keys: [["C"]], text: _("Comments"), run: act.comment },
    { name: "cheer", keys: [["J"]], text: _("Cheer where the pointer is"), run: act.cheer },
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

const NAMED = { Esc: "Escape", Del: "Delete", Space: " ", "↑": "ArrowUp", "↓": "ArrowDown", "←": "ArrowLeft", "→": "ArrowRight" };
// What a slider does with them is its own.
const SLIDES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"];
const BARE = ["Control", "Shift", "Alt", "AltGraph", "Meta", "CapsLock", "Dead", "Process", "Unidentified"];

/** Whether Shift is part of a key and needs no mention: it makes "?" of "/". */
const isSign = (key) => key.length === 1 && !(key in NAMED) && !/[a-z0-9]/i.test(key);

/** Whether a keydown is this combination. Ctrl is Command on a Mac; Shift is part of a sign such as "?". */
export function matches(keys, event) {
  const key = keys.at(-1);
  const sign = isSign(key);
  if (keys.includes("Ctrl") !== (event.ctrlKey || event.metaKey) || keys.includes("Alt") !== event.altKey) return false;
  if (!sign && keys.includes("Shift") !== event.shiftKey) return false;
  return event.key.toLowerCase() === (NAMED[key] ?? key).toLowerCase();
}

/** The combination of a keydown as the table writes it; null while only Shift and the like are held. */
export function combination({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (BARE.includes(key)) return null;
  const name = Object.keys(NAMED).find((each) => NAMED[each] === key) ?? (key.length === 1 ? key.toUpperCase() : key);
  return [(ctrlKey || metaKey) && "Ctrl", altKey && "Alt", shiftKey && !isSign(name) && "Shift", name].filter(Boolean);
}

/**
 * The table with a person's own keys. A combination that was given to one row is taken from the others; what was given
 * to rows of another page is no matter here. Pure.
 */
export function withOwn(rows, own) {
  const here = Object.entries(own).filter(([name]) => rows.some((row) => row.run && row.name === name));
  const given = new Map(here.flatMap(([name, all]) => all.map((keys) => [written(keys), name])));
  return rows.map((row) => {
    if (!row.run) return row;
    if (own[row.name]) return { ...row, keys: own[row.name] };
    return { ...row, keys: row.keys.filter((keys) => !given.has(written(keys))) };
  });
}

/**
 * Bind a table to the page. Keys belong to text fields, menus and dialogs first. Of two rows with the same key the first
 * counts whose `when` does not say no.
 * @param {object[]} all @param {(on: boolean) => void} moving hears the space bar, which is held and no key of a row
 * @returns {object} for rebinding.js
 */
export function bindKeys(all, moving) {
  let rows = all;
  const take = () => {
    rows = withOwn(all, recall(OWN_KEYS, {}));
    fillDialog(rows);
    showInTooltips(rows);
  };
  take();
  const free = (event) => !event.defaultPrevented && !event.isComposing && !find("dialog[open], [popover]:popover-open");
  document.addEventListener("keydown", (event) => {
    if (!free(event)) return;
    if (event.target.matches?.("input[type=range]") && SLIDES.includes(event.key)) return;
    const typing = isTyping(event.target);
    if (event.key === " " && !typing && !event.target.closest?.("button, summary, a, label")) return hold(event, true);
    const here = (row) => row.run && (row.when?.() ?? true) && (row.typing || !typing) && (!row.within || event.target.matches?.(row.within));
    const row = rows.find((each) => here(each) && each.keys.some((keys) => matches(keys, event)));
    // Enter on a button presses the button.
    if (!row || (event.key === "Enter" && !row.typing && event.target.closest?.("button, summary, a"))) return;
    event.preventDefault();
    row.run(event);
  });
  document.addEventListener("keyup", (event) => event.key === " " && moving(false));
  window.addEventListener("blur", () => moving(false));

  function hold(event, on) {
    event.preventDefault();
    moving(on);
  }

  return { rows: () => rows, take };
}

export const written = (keys) => keys.join("+");

/** `title` of each element with data-shortcut: its label, and the first keys of its row. */
function showInTooltips(rows) {
  for (const node of findAll("[data-shortcut]")) {
    const { keys = [] } = rows.find((each) => each.name === node.dataset.shortcut) ?? {};
    node.dataset.label ??= node.title || node.getAttribute("aria-label");
    node.title = keys.length ? `${node.dataset.label} (${written(keys[0])})` : node.dataset.label;
  }
  const { keys } = rows.find(({ name }) => name === "generate") ?? {};
  if (keys) find("#generate kbd").textContent = keys[0].join(" ").replace("Enter", "↵");
}

function fillDialog(rows) {
  const groups = [];
  for (const { title, name, keys, text, run } of rows) {
    if (title) groups.push(el("section", {}, el("h3", {}, title), el("dl", { class: "keys" })));
    else groups.at(-1).lastChild.append(el("div", run ? { "data-row": name } : {}, el("dt", {}, text), el("dd", {}, ...keys.map(combo))));
  }
  find("#keys-list").replaceChildren(...groups);
}

const combo = (keys) => el("span", { class: "combo" }, ...keys.map((key) => el("kbd", {}, key)));
