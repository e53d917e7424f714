// Seeing what somebody else sees: the view follows theirs until one draws, moves the board, or presses Escape.

import { el, icon } from "#lib/dom";
import { _, fill } from "#lib/words";
import { lookAt } from "#studio/room/sight";

// How much of the way to the other's view is gone in a frame.
const FOLLOW = 0.25;

/** Event "change": whom one follows (`page`, or null) has changed. */
export class Following extends EventTarget {
  /** @param {import("./connection.js").Room} room @param {import("../canvas/board.js").Board} board @param {(text: string) => void} tell */
  constructor(room, board, tell) {
    super();
    Object.assign(this, { room, board, tell, page: null, applying: false, still: matchMedia("(prefers-reduced-motion: reduce)") });
    this.words = el("span", {});
    this.chip = el("div", { class: "following", role: "status", hidden: true }, this.words, el("button", { class: "button button-small", type: "button", onclick: () => this.stop() }, icon("x"), _("Stop")));
    board.space.append(this.chip);
    board.space.addEventListener("pointerdown", (event) => !this.chip.contains(event.target) && this.stop(), { capture: true });
    board.view.addEventListener("change", () => this.applying || this.stop());
    // Before what Escape does otherwise: it does one thing at a time.
    document.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    room.addEventListener("presence", ({ detail }) => detail.page === this.page && detail.view && this.#soon());
    room.addEventListener("people", () => this.#look());
  }

  start(page) {
    const person = this.room.people.get(page);
    if (!person) return;
    this.page = page;
    this.words.textContent = fill(_("You see what %(name)s sees."), person);
    this.chip.hidden = false;
    this.board.space.toggleAttribute("data-following", true);
    this.board.space.style.setProperty("--followed", person.colour);
    this.dispatchEvent(new Event("change"));
    this.#soon();
  }

  stop() {
    if (this.page === null) return;
    this.page = null;
    this.chip.hidden = true;
    this.board.space.removeAttribute("data-following");
    this.dispatchEvent(new Event("change"));
  }

  // ------------------------------------------------------------------------------------------------------------------

  #key(event) {
    if (event.key !== "Escape" || this.page === null || document.querySelector("dialog[open], [popover]:popover-open")) return;
    event.preventDefault();
    event.stopPropagation();
    this.stop();
  }

  /** The one who is followed may be gone, or have come back under another name of a page. */
  #look() {
    if (this.page === null || this.room.people.has(this.page)) return;
    if (this.room.people.size) this.tell(_("The person you followed has left."));
    this.stop();
  }

  #soon() {
    if (this.moving) return;
    this.moving = true;
    requestAnimationFrame(() => this.#step());
  }

  #step() {
    this.moving = false;
    const view = this.room.people.get(this.page)?.presence.view;
    if (!view) return;
    const { look } = this.board.view;
    const goal = lookAt(this.board, view);
    const near = Math.hypot(goal.x - look.x, goal.y - look.y) < 0.5 && Math.abs(goal.scale / look.scale - 1) < 0.002 && look.angle === 0;
    const part = near || this.still.matches ? 1 : FOLLOW;
    const between = (name) => look[name] + (goal[name] - look[name]) * part;
    this.applying = true;
    this.board.view.set({ ...goal, x: between("x"), y: between("y"), angle: between("angle"), scale: look.scale * (goal.scale / look.scale) ** part });
    this.applying = false;
    if (part < 1) this.#soon();
  }
}
