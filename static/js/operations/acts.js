// What an operator does: asked why first, then sent. The answer comes by itself, with the next snapshot.

import { openDialog } from "#lib/dialog";
import { el, find, icon } from "#lib/dom";
import { ask } from "#lib/server";
import { _, fill } from "#lib/words";

const ACTS = () => ({
  drain: [_("Drain"), _("The worker %(target)s finishes what it has and takes nothing new."), "pause"],
  go_on: [_("Take work again"), _("The worker %(target)s takes work again."), "play"],
  forget: [_("Forget"), _("The worker %(target)s is silent. Its line goes; if it lives it comes back."), "x"],
  pause: [_("Pause"), _("Nothing more of the queue %(target)s is begun; what runs is finished."), "pause"],
  resume: [_("Resume"), _("The queue %(target)s goes on."), "play"],
  cancel: [_("Cancel"), _("It is stopped, its owner is told why, and gets back what was not made."), "x"],
  requeue: [_("Put back"), _("It goes back into the queue, at the place of its age; what was made of it is lost."), "undo-2"],
});

const dialog = find("#ask");
const why = find("#ask-why");
const problem = find("#ask-problem");
let wanted = null;

/** A button for an act; `name` says of what, for who does not see where it stands. `plain`: its icon alone. */
export function button(act, target, name, plain = false) {
  const [words, , sign] = ACTS()[act];
  const node = el("button", { class: `button button-quiet button-small${plain ? " button-icon" : ""}`, type: "button", "data-act": act, "data-target": target, onclick: () => begin(act, target) }, icon(sign), plain ? null : el("span", {}, words));
  node.setAttribute("aria-label", `${words}: ${name}`);
  node.title = words;
  return node;
}

function begin(act, target) {
  const [words, about] = ACTS()[act];
  wanted = { act, target };
  find("#ask-title").textContent = words;
  find("#ask-about").textContent = fill(about, { target });
  find("#ask-do").textContent = words;
  problem.textContent = "";
  why.value = "";
  openDialog(dialog);
  why.focus();
}

find("#ask-leave").addEventListener("click", () => dialog.close());
find("#ask-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { act, target } = wanted;
  const body = new FormData();
  body.append("target", target);
  body.append("why", why.value);
  find("#ask-do").disabled = true;
  try {
    await ask("POST", `/operations/${act}/`, body);
    dialog.close();
    find("#told").textContent = fill(_("Done: %(what)s"), { what: ACTS()[act][0] });
  } catch (error) {
    problem.textContent = error.message || _("The server cannot be reached.");
  } finally {
    find("#ask-do").disabled = false;
  }
});

const times = find("#times");
find("#times-close").addEventListener("click", () => times.close());

/** Where the time of a generation went, in a dialog. */
export function timeline(id, name) {
  const node = el("button", { class: "button button-quiet button-small button-icon", type: "button", title: _("How long it took"), onclick: show }, icon("clock"));
  node.setAttribute("aria-label", `${_("How long it took")}: ${name}`);
  async function show() {
    try {
      const html = await ask("GET", `/operations/generations/${id}/`, undefined, { want: "text" });
      // Our own page's part, escaped by the server's templates.
      find("#times-body").replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.children);
      openDialog(times);
    } catch (error) {
      find("#told").textContent = error.message || _("The server cannot be reached.");
    }
  }
  return node;
}
