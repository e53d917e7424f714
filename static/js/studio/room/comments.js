// Comments on a board put together: the tool, the pins, the card, the list, and what the room says of them.

import { el, find } from "#lib/dom";
import { freshId } from "#lib/ids";
import { recall, remember } from "#lib/keep";
import { NoAnswer, ask } from "#lib/server";
import { _, fill } from "#lib/words";
import { Cheers } from "#studio/room/cheers";
import { Conversation } from "#studio/room/conversation";
import { Pins } from "#studio/room/pins";
import { Remarks } from "#studio/room/remarks";
import { Threads } from "#studio/room/threads";
import { Wishes } from "#studio/room/wishes";

const NEWS = ["comment", "comment_gone", "thread", "reaction"];
// A press that moves farther (CSS pixels) or lasts longer (ms) moves the board.
const [REACH, PRESS] = [6, 700];
const PAGE = 100;
const LOST = 4000; // ms after which news that should have come is taken for lost

const uuid = () => freshId().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");

export class Comments {
  /**
   * @param {{room: import("./connection.js").Room, board: import("../canvas/board.js").Board, me: number, tell: (text: string) => void}} parts
   */
  constructor({ room, board, me, tell }) {
    Object.assign(this, { room, board, me, tell, on: false, names: new Map(), cursor: { x: 0, y: 0 } });
    this.key = `brushwire.comments.${me}.${room.id}`;
    this.threads = new Threads(me, recall(this.key));
    this.wishes = new Wishes(room);
    this.button = find("#comment-tool");
    this.said = el("p", { class: "visually-hidden", role: "status" });
    this.over = el("div", { class: "comments-over" }, this.said);
    find(".studio-board").append(this.over);
    const rights = () => room.rights;
    this.pins = new Pins(this.over, board, { threads: this.threads, choose: (id) => this.choose(id) });
    this.cheers = new Cheers(this.over, room, this.pins);
    this.list = new Remarks(find("#studio"), this.threads, { rights, choose: (id) => this.choose(id), begin: () => this.begin(this.#middle), pins: (on) => this.pins.show(on), close: () => this.toggle(false) });
    this.card = new Conversation(this.over, { ...this.#acts, rights, me, nameOf: (user) => this.nameOf(user), at: (place) => this.pins.at(place), close: () => this.close(), back: () => this.close() });
    this.#listen();
    if (room.online) this.#fetch();
    this.#drawButton();
  }

  /** The tool on or off: the list beside the board, and a tap on the board says something there. */
  toggle(on = !this.on) {
    if (this.on === on) return;
    this.on = on;
    const { board } = this;
    board.space.toggleAttribute("data-commenting", on);
    if (on) {
      this.before = board.brush.tool;
      if (this.room.rights.comment) board.choose({ tool: "hand" }); // a drag moves the board meanwhile
    } else {
      this.close();
      if (board.brush.tool === "hand" && this.before) board.choose({ tool: this.before });
      this.button.focus({ preventScroll: true });
    }
    this.over.toggleAttribute("data-open", on);
    this.list.show(on);
    this.#drawButton();
  }

  /** Look at a thread. */
  choose(id) {
    const thread = this.threads.byId.get(id);
    if (!thread) return;
    this.threads.look(id);
    this.pins.mark(id);
    this.card.show(this.threads.byId.get(id));
  }

  /** Begin at a place (board units). */
  begin(place) {
    const { width, height } = this.board.size;
    const within = (value, side) => Math.max(-side / 2, Math.min(side / 2, Math.round(value * 10) / 10));
    const at = { x: within(place.x, width), y: within(place.y, height) };
    this.pins.mark(null, at);
    this.card.begin(uuid(), at);
  }

  close() {
    const { id } = this.card;
    this.card.hide();
    this.pins.mark(null);
    const back = id && find(`.comment-row[data-thread="${CSS.escape(id)}"]`, this.list.node);
    if (this.on) (back ?? find("button", this.list.node)).focus({ preventScroll: true });
  }

  /** Call the last sign again where the pointer is. */
  cheer(sign = recall("brushwire.cheer") ?? "party", place = this.cursor) {
    remember("brushwire.cheer", sign);
    if (!this.cheers.call(sign, place) && !this.room.online) this.tell(_("There is no connection right now. Please try again."));
  }

  nameOf(user) {
    const here = [...this.room.people.values()].find((person) => person.user === user);
    return here?.name ?? this.names.get(user) ?? _("somebody");
  }

  // ------------------------------------------------------------------------------------------------------------------

  get #middle() {
    const { left, top, width, height } = this.board.space.getBoundingClientRect();
    return this.board.view.toBoard({ clientX: left + width / 2, clientY: top + height / 2 }, this.board.size);
  }

  get #acts() {
    const asks = (header) => this.wishes.ask(header);
    const tried = (header) => asks(header).catch((error) => this.#fail(error));
    return {
      say: async (thread, place, text) => {
        const unsent = (this.unsent ??= new Map());
        // The same id when it is tried again: what came through the first time is not said twice.
        const [comment] = (unsent.get(thread)?.[1] === text && unsent.get(thread)) || [uuid()];
        unsent.set(thread, [comment, text]);
        await asks({ type: "comment", comment, thread, text, ...place });
        unsent.delete(thread);
        // The room tells of it like of all others; if that gets lost, it is looked up.
        setTimeout(() => this.threads.byId.get(thread)?.comments.some(({ id }) => id === comment) || this.#fetch(), LOST);
      },
      edit: (comment, text) => asks({ type: "comment_edit", comment, text }),
      remove: (comment) => tried({ type: "comment_delete", comment }),
      react: (comment, sign, on) => tried({ type: "react", comment, sign, on }),
      resolve: async (thread, on) => {
        await tried({ type: "comment_resolve", thread, on });
        if (on) this.close();
      },
      cheer: (sign, place) => {
        this.close();
        this.cheer(sign, place);
      },
    };
  }

  #listen() {
    const { room, board, threads } = this;
    for (const type of NEWS) room.addEventListener(type, ({ detail }) => this.#hear(detail));
    room.addEventListener("welcome", () => this.#fetch());
    room.addEventListener("rights", () => this.#redraw());
    threads.addEventListener("change", () => this.#redraw());
    threads.addEventListener("said", ({ detail }) => (this.said.textContent = fill(_("%(name)s commented: %(text)s"), { name: detail.author.name, text: detail.text })));
    board.addEventListener("choice", () => this.on && this.room.rights.comment && board.brush.tool !== "hand" && this.#leaveTool());
    // Before the board's own keys; while one writes with an input method, Escape is its.
    document.addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && this.#escape() && (event.preventDefault(), event.stopPropagation()), { capture: true });
    let press = null;
    board.space.addEventListener("pointermove", (event) => (this.cursor = board.view.toBoard(event, board.size)));
    board.space.addEventListener("pointerdown", (event) => {
      press = event.isPrimary && event.button === 0 && !event.target.closest("button, input") ? { x: event.clientX, y: event.clientY, at: event.timeStamp } : null;
    });
    board.space.addEventListener("pointerup", (event) => {
      if (!this.on || !press || !event.isPrimary || !this.room.rights.comment) return;
      const far = Math.hypot(event.clientX - press.x, event.clientY - press.y);
      if (far <= REACH && event.timeStamp - press.at <= PRESS) this.begin(board.view.toBoard(event, board.size));
      press = null;
    });
  }

  /** The card goes first, then the tool. @returns {boolean} whether there was anything */
  #escape() {
    if (find("dialog[open], [popover]:popover-open") || !(this.card.open || this.on)) return false;
    if (this.card.open) this.close();
    else this.toggle(false);
    return true;
  }

  /** Another tool was taken up: one draws again. */
  #leaveTool() {
    this.before = null;
    this.toggle(false);
    this.board.paper.focus({ preventScroll: true, focusVisible: false });
  }

  #redraw() {
    const { card, threads } = this;
    if (threads.memory) remember(this.key, threads.memory);
    const thread = card.open && threads.byId.get(card.id);
    if (thread) {
      if (threads.isNew(thread)) return threads.look(card.id); // comes back here
      card.show(thread);
    } else if (card.open && card.thread) this.close(); // it was deleted meanwhile
    this.list.draw();
    return this.#drawButton();
  }

  #drawButton() {
    this.button.setAttribute("aria-pressed", String(this.on));
    const unread = this.threads.unread.length;
    find(".comment-dot", this.button).hidden = unread === 0;
    const label = unread ? `${_("Comments")} (${fill(_("new: %(n)s"), { n: unread })})` : _("Comments");
    this.button.setAttribute("aria-label", label);
  }

  #hear(news) {
    this.meanwhile?.push(news);
    this.threads.take(news);
  }

  /** All that is there, and the names that go with it. What is heard meanwhile is newer than what is being fetched. */
  async #fetch() {
    if (this.room.board?.there === false) return this.threads.fill([], []); // it is begun just now
    const address = `/api/v1/boards/${this.room.id}`;
    const meanwhile = (this.meanwhile = []);
    try {
      const all = [];
      for (let next = ""; next !== null; ) {
        const page = await ask("GET", `${address}/comments?limit=${PAGE}${next && `&cursor=${next}`}`);
        all.push(...page.items);
        ({ next } = page);
      }
      if (this.meanwhile !== meanwhile) return undefined; // asked again since
      this.threads.fill(all, meanwhile);
      this.meanwhile = null;
      for (const { user, name } of await ask("GET", `${address}/authors`)) this.names.set(user, name);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error; // the room comes back, or says why not
    }
    return undefined;
  }

  #fail(error) {
    if (!(error instanceof NoAnswer)) throw error;
    this.tell(error.code === "offline" ? _("There is no connection right now. Please try again.") : error.message);
  }
}
