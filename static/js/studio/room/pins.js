// Pins on the board: where something was said. They stay at their place while the board is moved, turned and mirrored.

import { el, oncePerFrame } from "#lib/dom";
import { _, fill } from "#lib/words";
import { seen } from "#studio/canvas/view";
import { initialOf, seenAt } from "#studio/room/threads";

export class Pins {
  /**
   * @param {HTMLElement} over what lies over the board's space @param {import("../canvas/board.js").Board} board
   * @param {{threads: import("./threads.js").Threads, choose: (id: string) => void}} parts
   */
  constructor(over, board, { threads, choose }) {
    Object.assign(this, { over, board, threads, choose, nodes: new Map(), current: null, draft: null, shown: true });
    this.layer = el("div", { class: "comment-pins" });
    over.append(this.layer);
    const place = oncePerFrame(() => this.#place());
    board.view.addEventListener("change", place);
    board.addEventListener("change", place);
    new ResizeObserver(place).observe(board.frame);
    new ResizeObserver(place).observe(over);
    threads.addEventListener("change", () => this.draw());
    this.draw();
  }

  /** Make one thread stand out; `draft` is a place where nothing was said yet. */
  mark(current, draft = null) {
    Object.assign(this, { current, draft });
    this.draw();
  }

  show(on) {
    this.shown = on;
    this.draw();
  }

  /** Where a place is seen, in CSS pixels from the top left of `over`. */
  at(place) {
    const { width, height } = this.over.getBoundingClientRect();
    const { frame, view, size } = this.board;
    const { x, y } = seenAt(place, frame.offsetWidth / size.width, (point) => seen(view.look, point));
    return { x: x + width / 2, y: y + height / 2 };
  }

  draw() {
    const { threads, nodes } = this;
    const wanted = threads.all.filter((thread) => (this.shown && !thread.resolved) || thread.id === this.current);
    for (const [id, node] of nodes) {
      if (wanted.some((thread) => thread.id === id)) continue;
      node.remove();
      nodes.delete(id);
    }
    for (const thread of wanted) {
      if (!nodes.has(thread.id)) nodes.set(thread.id, this.layer.appendChild(this.#pin(thread.id)));
      this.#dress(nodes.get(thread.id), thread);
    }
    this.#drawDraft();
    this.#place();
  }

  #pin(id) {
    return el("button", { class: "comment-pin", type: "button", "data-thread": id, onclick: () => this.choose(id) });
  }

  #dress(node, thread) {
    const [first] = thread.comments;
    const replies = thread.comments.length - 1;
    node.style.setProperty("--colour", first.author.colour);
    node.replaceChildren(el("span", { "aria-hidden": "true" }, initialOf(first.author.name)));
    node.toggleAttribute("data-new", this.threads.isNew(thread));
    node.toggleAttribute("data-resolved", thread.resolved);
    node.setAttribute("aria-pressed", String(thread.id === this.current));
    const words = fill(_("Comment by %(name)s: %(text)s"), { name: first.author.name, text: first.text || _("hidden") });
    node.setAttribute("aria-label", replies > 0 ? `${words} (${fill(_("Replies: %(n)s"), { n: replies })})` : words);
    node.title = first.author.name;
  }

  #drawDraft() {
    if (!this.draft) {
      this.ghost?.remove();
      this.ghost = null;
      return;
    }
    this.ghost ??= this.layer.appendChild(el("span", { class: "comment-pin comment-pin-draft", "aria-hidden": "true" }, "+"));
  }

  #place() {
    for (const thread of this.threads.all) this.#put(this.nodes.get(thread.id), thread);
    this.#put(this.ghost, this.draft);
    this.over.dispatchEvent(new Event("placed"));
  }

  #put(node, place) {
    if (!node || !place) return;
    const { x, y } = this.at(place);
    node.style.transform = `translate(${x}px, ${y}px)`;
  }
}
