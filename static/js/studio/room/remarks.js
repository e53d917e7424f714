// The list of all comments of a board, beside it; on a phone at the bottom.

import { el, find, findAll, icon } from "#lib/dom";
import { _, fill } from "#lib/words";
import { face, when } from "#studio/room/words";

export class Remarks {
  /**
   * @param {HTMLElement} page what the board and the list are parts of @param {import("./threads.js").Threads} threads
   * @param {object} how `rights()`, `choose(id)`, `begin()` (in the middle of what is seen), `pins(on)`, `close()`
   */
  constructor(page, threads, how) {
    Object.assign(this, { threads, how, which: "open" });
    const side = (which, text) => el("button", { type: "button", "data-which": which, onclick: () => this.#turn(which) }, text, el("span", { class: "comment-count" }));
    this.sides = el("div", { class: "segments", role: "group", "aria-label": _("Show") }, side("open", _("Open")), side("resolved", _("Resolved")));
    const close = el("button", { class: "button button-quiet button-icon button-small", type: "button", "aria-label": _("Close"), title: _("Close"), onclick: () => how.close() }, icon("x"));
    this.hint = el("p", { class: "small muted comment-hint" });
    this.list = el("ul", { class: "comment-rows", role: "list" });
    this.begin = el("button", { class: "button button-small", type: "button", onclick: () => how.begin() }, icon("message-circle-plus"), _("Comment here"));
    const pins = el("input", { type: "checkbox", checked: true, onchange: () => how.pins(pins.checked) });
    this.node = el(
      "section",
      { class: "comment-list", "aria-labelledby": "comments-title", hidden: true },
      el("div", { class: "comment-card-head" }, el("h2", { id: "comments-title" }, _("Comments")), close),
      this.sides,
      this.hint,
      this.list,
      el("div", { class: "comment-list-foot" }, this.begin, el("label", { class: "check small" }, pins, _("Pins on the board"))),
    );
    this.node.addEventListener("keydown", (event) => ["ArrowUp", "ArrowDown"].includes(event.key) && this.#step(event));
    page.append(this.node);
    threads.addEventListener("change", () => this.draw());
  }

  show(on = true) {
    this.node.hidden = !on;
    if (!on) return;
    this.draw();
    (find(".comment-row", this.list) ?? this.begin).focus({ preventScroll: true });
  }

  draw() {
    if (this.node.hidden) return;
    const { threads, which } = this;
    const { comment } = this.how.rights();
    for (const button of this.sides.children) {
      button.setAttribute("aria-pressed", String(button.dataset.which === which));
      find(".comment-count", button).textContent = String(threads[button.dataset.which].length);
    }
    const focused = this.list.contains(document.activeElement) && document.activeElement.dataset.thread;
    this.list.replaceChildren(...threads[which].map((thread) => this.#row(thread)));
    if (focused) find(`[data-thread="${CSS.escape(focused)}"]`, this.list)?.focus({ preventScroll: true });
    this.begin.hidden = !comment;
    const empty = which === "open" ? _("Nothing is open.") : _("Nothing was resolved yet.");
    this.hint.textContent = [!threads[which].length && empty, comment && which === "open" && _("Tap the board where you want to say something.")].filter(Boolean).join(" ");
    this.hint.hidden = !this.hint.textContent;
  }

  #row(thread) {
    const [first] = thread.comments;
    const replies = thread.comments.length - 1;
    const fresh = this.threads.isNew(thread);
    const button = el(
      "button",
      { class: "comment-row", type: "button", "data-thread": thread.id, onclick: () => this.how.choose(thread.id) },
      face(first.author),
      el("span", { class: "comment-row-words" }, el("span", { class: "comment-row-head" }, el("strong", { dir: "auto" }, first.author.name), el("time", { datetime: first.at }, when(thread.comments.at(-1).at))), el("span", { class: "comment-row-text", dir: "auto" }, first.text || _("Hidden by a moderator")), replies > 0 && el("span", { class: "small muted" }, fill(_("Replies: %(n)s"), { n: replies }))),
      fresh && el("span", { class: "comment-dot" }, el("span", { class: "visually-hidden" }, _("New"))),
    );
    return el("li", {}, button);
  }

  #turn(which) {
    this.which = which;
    this.draw();
  }

  #step(event) {
    const rows = findAll(".comment-row", this.list);
    const at = rows.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    rows[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  }
}
