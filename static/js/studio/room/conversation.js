// The card beside a pin: what was said there, and the field to answer. On a phone it lies at the bottom.

import { el, find, icon } from "#lib/dom";
import { _, fill } from "#lib/words";
import { signButtons } from "#studio/room/signs";
import { commentNode, writing } from "#studio/room/words";

const [GAP, EDGE, PIN] = [10, 8, 32]; // CSS pixels between pin and card, to the rim, and of a pin

export class Conversation {
  /**
   * @param {HTMLElement} over what lies over the board's space
   * @param {object} how `me`, `nameOf`, `rights()`, `at(place)`, `say(thread, place, text)`, `edit(comment, text)`, `remove(comment)`,
   *   `react(comment, sign, on)`, `resolve(thread, on)`, `cheer(sign, place)`, `close()`, `back()`
   */
  constructor(over, how) {
    Object.assign(this, { over, how, id: null, place: null, kept: new Map() });
    this.title = el("h2", { id: "comment-title" });
    this.settle = el("button", { class: "button button-small", type: "button", onclick: () => how.resolve(this.id, !this.thread.resolved) });
    const close = el("button", { class: "button button-quiet button-icon button-small", type: "button", "aria-label": _("Close"), title: _("Close"), onclick: () => how.close() }, icon("x"));
    const back = el("button", { class: "button button-quiet button-icon button-small comment-back", type: "button", "aria-label": _("All comments"), title: _("All comments"), onclick: () => how.back() }, icon("arrow-left"));
    this.list = el("ol", { class: "comment-thread", role: "list" });
    this.foot = el("div", { class: "comment-foot" });
    this.node = el("section", { class: "comment-card", role: "dialog", "aria-labelledby": "comment-title", hidden: true }, el("div", { class: "comment-card-head" }, back, this.title, this.settle, close), this.list, this.foot);
    over.append(this.node);
    over.addEventListener("placed", () => this.#put());
  }

  get open() {
    return !this.node.hidden;
  }

  /** Show a thread that is there. */
  show(thread) {
    const same = this.id === thread.id && this.open;
    Object.assign(this, { id: thread.id, place: thread, thread });
    this.#draw();
    this.#field(same, _("Answer"));
    this.#put();
    if (!same) this.#focus();
  }

  /** Begin at a place. @param {string} id of the thread that it will become */
  begin(id, place) {
    Object.assign(this, { id, place, thread: null });
    this.#draw();
    this.#field(false, _("Say something about this place"));
    this.#put();
    this.#focus();
  }

  hide() {
    this.list.replaceChildren();
    this.foot.replaceChildren();
    this.node.hidden = true;
    this.id = this.place = this.thread = null;
  }

  #focus() {
    (find("textarea", this.foot) ?? find("button", this.node)).focus({ preventScroll: true });
  }

  #draw() {
    const { how, thread } = this;
    const rights = how.rights();
    this.node.hidden = false;
    this.title.textContent = thread ? _("Comment") : _("New comment");
    this.settle.hidden = !thread || !rights.comment;
    this.settle.replaceChildren(icon(thread?.resolved ? "rotate-ccw" : "check"), thread?.resolved ? _("Open again") : _("Resolve"));
    const one = (comment) =>
      commentNode(comment, {
        me: how.me,
        nameOf: how.nameOf,
        rights,
        react: (sign, on) => how.react(comment.id, sign, on),
        edit: (text) => how.edit(comment.id, text),
        remove: () => how.remove(comment.id),
      });
    this.#keep(thread ? thread.comments.map(one) : []);
    const by = thread?.resolved && thread.resolved_by ? fill(_("Resolved by %(name)s"), { name: thread.resolved_by }) : "";
    if (by) this.list.append(el("li", { class: "comment-note" }, icon("check"), by));
  }

  /** The comments anew; one that is being rewritten stays as it is. */
  #keep(nodes) {
    const busy = find("li:has(.comment-form)", this.list);
    const focused = this.list.contains(document.activeElement) && document.activeElement.closest("[data-comment]")?.dataset.comment;
    this.list.replaceChildren(...nodes.map((node) => (busy && node.dataset.comment === busy.dataset.comment ? busy : node)));
    if (!focused || this.list.contains(document.activeElement)) return;
    const again = find(`[data-comment="${CSS.escape(focused)}"] .sign-more`, this.list) ?? find("textarea", this.foot) ?? find("button", this.node);
    again.focus({ preventScroll: true });
  }

  /** The field below; what was written there and not sent is still in it. */
  #field(same, label) {
    const { how, id, place, kept } = this;
    if (!how.rights().comment) return this.foot.replaceChildren(el("p", { class: "small muted" }, _("You can read the comments here.")));
    if (same && find("textarea", this.foot)) return undefined;
    const form = writing({
      label,
      button: _("Send"),
      text: kept.get(id) ?? "",
      typed: (text) => kept.set(id, text),
      send: async (text) => {
        await how.say(id, this.thread ? null : place, text);
        kept.delete(id);
        if (this.id === id) this.#field(false, _("Answer"));
      },
    });
    const cheers = !this.thread && el("div", { class: "comment-cheers" }, el("span", { class: "small muted" }, _("Or just call:")), signButtons((sign) => how.cheer(sign, place), _("Cheer")));
    return this.foot.replaceChildren(form, ...(cheers ? [cheers] : []));
  }

  /** Beside its place, or else below or above it. */
  #put() {
    if (!this.open || !this.place) return;
    const { width, height } = this.over.getBoundingClientRect();
    const { x, y } = this.how.at(this.place);
    const [wide, high] = [this.node.offsetWidth, this.node.offsetHeight];
    const right = x + PIN + GAP + wide <= width - EDGE;
    const beside = right || x - GAP - wide >= EDGE;
    const left = right ? x + PIN + GAP : x - GAP - wide;
    const below = y + GAP + high <= height - EDGE;
    const fit = (value, most) => Math.max(EDGE, Math.min(value, most - EDGE));
    this.node.style.setProperty("--left", `${fit(beside ? left : x - wide / 2, width - wide)}px`);
    this.node.style.setProperty("--top", `${fit(beside ? y - PIN : below ? y + GAP : y - PIN - GAP - high, height - high)}px`);
  }
}
