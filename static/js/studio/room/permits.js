// What one may not do here now: tools that rest, with a plain line why; and the last word where one has to leave.

import { el, find, findAll, icon } from "#lib/dom";
import { openDialog } from "#lib/dialog";
import { _ } from "#lib/words";
import { hindrance } from "#studio/canvas/roomcloud";

// What changes the board or is made for it. Looking around stays.
// (What rests can be scrolled: so it is the parts of the panel, and not the panel.)
const RESTS = [".studio-board .tools > *", ".brush-bar", ".palettes > *", "#undo", "#redo", "#clear", "#layers .layers-head [data-layer-action]", "#layers .layer-actions", "#layers .layer-opacity", "#settings > *", "#generate", "#variations", "#selection-tools"];

const LINES = () => ({
  frozen: ["snowflake", _("The board is frozen for a moment.")],
  comment: ["eye", _("You can look and comment here.")],
  watch: ["eye", _("You are watching.")],
});

const FAREWELLS = () => ({
  removed: [_("This board is no longer shared with you"), _("Whoever owns it has changed who may see it.")],
  deleted: [_("This board was deleted"), _("Its owner has deleted it. What you made on it is still in your gallery.")],
  closed: [_("This board is closed"), _("A moderator has closed it for now.")],
  elsewhere: [_("The studio is open in too many windows."), _("Your drawing is safe. It goes on in the window that was opened last.")],
  full: [_("The room is full"), _("As many people as a board can hold are here already. Please try again later.")],
});

export class Permits {
  /** @param {import("./connection.js").Room} room @param {import("../canvas/board.js").Board} board @param {(text: string) => void} tell */
  constructor(room, board, tell) {
    Object.assign(this, { room, board, tell, shown: undefined });
    this.line = el("p", { class: "board-closed", role: "status", hidden: true });
    board.space.append(this.line);
    room.addEventListener("welcome", () => this.#draw());
    room.addEventListener("rights", () => this.#draw());
    room.addEventListener("state", () => this.#leave());
    this.#draw();
    this.#leave();
  }

  // ------------------------------------------------------------------------------------------------------------------

  #draw() {
    const { rights } = this.room;
    if (!rights.role) return;
    const why = hindrance(rights);
    const look = why === "watching" ? (rights.comment ? "comment" : "watch") : why;
    if (look === this.shown) return;
    const before = this.shown;
    this.shown = look;
    for (const node of RESTS.flatMap((selector) => findAll(selector))) node.inert = why !== null;
    if (why) find("#studio").dataset.closed = why;
    else delete find("#studio").dataset.closed;
    // With nothing in it to be reached by the keyboard the panel itself is, to be scrolled.
    find("#settings").toggleAttribute("tabindex", why !== null);
    if (why) find("#settings").tabIndex = 0;
    this.line.hidden = why === null;
    const [sign, words] = LINES()[look] ?? [];
    this.line.replaceChildren(...(why ? [icon(sign), el("span", {}, words)] : []));
    // What was so when one came in needs no news.
    if (before !== undefined && why === null) this.tell(before === "frozen" ? _("The board is no longer frozen: draw on.") : _("You may draw here now."));
  }

  #leave() {
    const { state, bye } = this.room;
    const [title, words] = FAREWELLS()[state] ?? [];
    if (!title) return;
    this.board.close("watching");
    const heading = el("h2", { id: "farewell-title" }, title);
    const dialog = el("dialog", { class: "dialog farewell", "aria-labelledby": "farewell-title" }, heading, el("p", {}, (state === "closed" && bye?.message) || words), el("div", { class: "button-row" }, ...this.#ways(state, () => dialog.close())));
    // There is nothing behind it to go back to.
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    openDialog(dialog);
  }

  /** What one may do now: come in again where that may help, or go on elsewhere. */
  #ways(state, done) {
    const again = { full: _("Try again"), elsewhere: _("Use it here") }[state];
    const come = () => {
      done();
      this.room.open();
    };
    const link = (primary, href, text) => el("a", { class: primary ? "button button-primary" : "button", href }, text);
    if (again) return [el("button", { class: "button button-primary", type: "button", onclick: come }, again), link(false, "/boards/", _("My boards"))];
    return [link(true, "/boards/", _("My boards")), link(false, "/studio/?board=new", _("New board"))];
  }
}
