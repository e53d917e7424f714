// A picture that stays in view while others come: pinned by the person, kept by the browser for this board.

import { el, find, icon } from "#lib/dom";
import { recall, remember } from "#lib/keep";
import { _ } from "#lib/words";

export class Pinned extends EventTarget {
  /** @param {string} keepAs @param {(command: string) => void} look bring it into view @param {(text: string) => void} say */
  constructor(keepAs, look, say) {
    super();
    Object.assign(this, { keepAs, say });
    this.root = find("#pinned");
    /** {id, command, image, prompt, width, height, veiled} of a work, or null. */
    this.work = recall(keepAs);
    this.image = el("img", { alt: "", decoding: "async" });
    this.image.addEventListener("error", () => this.#set(null)); // it was deleted
    this.words = el("span", { class: "pinned-words" });
    const open = el("button", { class: "pinned-look", type: "button", title: _("Look at it"), "aria-label": _("Look at the pinned picture"), onclick: () => look(this.work.command) }, this.image);
    const off = el("button", { class: "button button-icon button-small", type: "button", id: "unpin", title: _("Unpin"), "aria-label": _("Unpin"), onclick: () => this.toggle(this.work) }, icon("pin-off"));
    this.root.append(el("div", { class: "pinned-space" }, open), el("div", { class: "pinned-foot" }, icon("pin"), this.words, off));
  }

  /** @param {string|undefined} id a work's */
  has(id) {
    return id !== undefined && this.work?.id === id;
  }

  get command() {
    return this.work?.command ?? null;
  }

  /** Pin a picture in place of the last one; the pinned one is let go. */
  toggle({ id, image, width, height, command, prompt, veiled }) {
    const on = !this.has(id);
    this.#set(on ? { id, image, width, height, command, prompt, veiled } : null);
    this.say(on ? _("This picture stays in view.") : _("No longer pinned."));
  }

  /** @param {boolean} elsewhere something else than the pinned picture is in view */
  draw(elsewhere) {
    const shown = Boolean(this.work) && elsewhere;
    this.root.hidden = !shown;
    find("#stage").toggleAttribute("data-pinned", shown);
    if (!shown) return;
    const { image, prompt, width, height, veiled } = this.work;
    this.image.classList.toggle("is-veiled", Boolean(veiled));
    if (this.image.getAttribute("src") !== image) this.image.src = image;
    this.image.alt = prompt || _("Pinned picture");
    this.words.textContent = prompt || _("Pinned");
    for (const [name, value] of [["--w", width], ["--h", height]]) this.root.style.setProperty(name, value);
  }

  #set(work) {
    this.work = work;
    remember(this.keepAs, work);
    this.dispatchEvent(new Event("change"));
  }
}
