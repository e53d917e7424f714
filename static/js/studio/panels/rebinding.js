// Keys of one's own: in the list of keys each can be given another one. Kept in this browser. Loaded with the list.

import { el, find } from "#lib/dom";
import { recall, remember } from "#lib/keep";
import { _, fill } from "#lib/words";
import { OWN_KEYS, combination, written } from "#studio/panels/keys";

// The browser's own, and those that dialogs, lists and the page itself need.
const RESERVED = ["Esc", "Tab", "Enter", "Space", "Ctrl+T", "Ctrl+N", "Ctrl+W", "Ctrl+R", "F5"];

let waiting = null; // the row that the next key is for

/** Make the keys of the open list changeable. @param {{rows: () => object[], take: () => void}} keys from bindKeys */
export function offerOwnKeys(keys) {
  const dialog = find("#keys");
  const own = () => recall(OWN_KEYS, {});
  const tell = (text) => (find("#keys-told").textContent = text);

  draw();
  tell(_("Click on a key to choose another one."));
  if (dialog.dataset.bound) return;
  dialog.dataset.bound = "true";
  dialog.addEventListener("keydown", pressed, { capture: true });
  dialog.addEventListener("close", () => (waiting = null));
  find("#keys-reset").addEventListener("click", () => {
    remember(OWN_KEYS, {});
    draw();
    tell(_("The keys are as they were at first."));
  });

  function draw() {
    keys.take();
    find("#keys-reset").hidden = !Object.keys(own()).length;
    for (const row of keys.rows().filter((each) => each.run)) {
      const place = find(`[data-row="${row.name}"] dd`, dialog);
      const label = fill(_("%(what)s: choose another key"), { what: row.text });
      const face = row.keys.length ? [...place.children] : [el("span", { class: "muted" }, _("no key"))];
      place.replaceChildren(el("button", { class: "key-change", type: "button", "aria-label": `${label} (${row.keys.map(written).join(", ")})`, title: label, onclick: () => ask(row) }, ...face));
    }
  }

  function ask(row) {
    if (waiting) draw();
    waiting = row;
    const button = buttonOf(row);
    button.replaceChildren(el("span", { class: "muted" }, _("Press a key …")));
    button.focus();
    tell(fill(_("Press the new key for “%(what)s”. Esc leaves it as it is."), { what: row.text }));
  }

  function pressed(event) {
    if (!waiting) return;
    event.preventDefault(); // Escape closes no dialog now
    event.stopPropagation();
    const combo = combination(event);
    if (!combo) return;
    const row = waiting;
    waiting = null;
    tell(written(combo) === "Esc" ? "" : take(row, combo));
    draw();
    buttonOf(row).focus();
  }

  /** @returns {string} what is said about it */
  function take(row, combo) {
    const name = written(combo);
    if (RESERVED.includes(name)) return fill(_("%(key)s has its meaning already. Please take another one."), { key: name });
    if (row.typing && !combo.some((key) => ["Ctrl", "Alt"].includes(key))) return _("This works while you write, so it needs Ctrl or Alt.");
    const loser = keys.rows().find((each) => each.run && each.name !== row.name && each.keys.some((one) => written(one) === name));
    const all = { ...own(), [row.name]: [combo] };
    if (loser && all[loser.name]) all[loser.name] = all[loser.name].filter((one) => written(one) !== name);
    remember(OWN_KEYS, all);
    if (loser) return fill(_("%(key)s was taken from “%(what)s”."), { key: name, what: loser.text });
    return fill(_("%(what)s: %(key)s"), { what: row.text, key: name });
  }

  const buttonOf = (row) => find(`[data-row="${row.name}"] button`, dialog);
}
