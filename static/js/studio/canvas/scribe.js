// Keeps a drawing in the browser: soon after each change, together with the person's other windows. No server.

import { liesHere } from "#studio/canvas/chest";
import { Journal } from "#studio/canvas/journal";
import { Kept } from "#studio/canvas/kept";

const KEEP_AFTER = 150;

/** Events: "full" (the browser has no room). */
export class Scribe extends Kept {
  /** @param {import("./board.js").Board} board @param {string} place person and board id */
  constructor(board, place) {
    super(board, place);
    Object.assign(this, { journal: new Journal(place), pending: [], whole: false });
    // Whoever draws before the board is read is written down after it, or what lies there would be taken for nothing.
    this.last = new Promise((resolve) => (this.read = resolve));
    this.others = new BroadcastChannel(`drawing.${place}`);
    this.others.onmessage = ({ data }) => this.#hear(data);
    this.wrote = ({ detail: { update, from } }) => {
      // What another window brought it has written already; the room tells every window by itself.
      if (from === "here" || from === "room") this.pending.push(update) && this.keepSoon();
    };
    this.acted = () => this.#acted();
    this.#follow(board.document);
    board.addEventListener("opened", () => {
      if (board.document === this.document) return;
      this.#follow(board.document);
      this.whole = !this.hearing;
      if (this.whole) this.keepSoon();
    });
  }

  /** Bring back what was drawn here before. @returns {Promise<boolean>} whether there was anything */
  async restore() {
    const { document } = this;
    const found = (await this.safely(() => this.journal.load())) ?? (await this.safely(() => this.#older()));
    if (!found) {
      this.read();
      return false;
    }
    this.meta = { ...found.meta, ...this.meta };
    document.acts.become(found.acts, found.cursor);
    document.applyAll(found.updates, "kept");
    this.read();
    if (found.done) await this.#moveIn(found);
    await this.board.whenShown();
    return true;
  }

  keepSoon() {
    this.timer ??= setTimeout(() => this.keep(), KEEP_AFTER);
  }

  /** Nothing of this board stays in the browser. */
  forget() {
    return this.safely(() => Promise.all([this.journal.forget(), this.shelf.forget()]));
  }

  /** What other windows have noted, now. */
  async reread() {
    this.#learn((await this.safely(() => this.journal.meta())) ?? {});
  }

  // ------------------------------------------------------------------------------------------------------------------

  #follow(document) {
    for (const [name, listener] of [["update", this.wrote], ["acts", this.acted]]) {
      this.document?.removeEventListener(name, listener);
      document.addEventListener(name, listener);
    }
    this.document = document;
    this.pending = [];
  }

  #acted() {
    this.noted = true;
    this.keepSoon();
  }

  async write() {
    const { document, pending, whole } = this;
    if (!pending.length && !whole && !this.noted) return;
    const { acts } = document;
    const news = whole ? document.since() : pending.length ? document.merged(pending) : null;
    const own = news && !whole && this.journal.full && !this.board.pointer.drawing; // it is some work, and not while one draws
    const from = whole ? 0 : Math.min(acts.changedFrom, acts.list.length);
    const change = { update: news, whole, acts: { from, list: acts.list.slice(from) }, cursor: acts.cursor, meta: this.meta };
    Object.assign(this, { pending: [], whole: false, noted: false });
    acts.changedFrom = Infinity;
    const write = () => this.journal.save(own ? { ...change, update: document.since() } : change, whole ? "all" : own ? "own" : "one");
    await this.safely(write, () => this.#again(change));
    // After it is written: a window that opens meanwhile reads it or hears of it.
    this.others.postMessage(change);
  }

  /** It could not be written; the next time all of it is tried once more. */
  #again({ update, acts, whole }) {
    if (update && !whole) this.pending.unshift(update);
    this.whole ||= whole;
    this.document.acts.changedFrom = Math.min(this.document.acts.changedFrom, acts.from);
    this.noted = true;
  }

  #hear({ update, whole, acts, cursor, meta }) {
    this.hearing = true;
    if (whole) this.board.open(this.board.blankDocument());
    this.document.acts.follow({ ...acts, cursor });
    if (update) this.document.apply(update, "window");
    this.hearing = false;
    this.#learn(meta);
  }

  #learn(meta) {
    if (!this.noted || (meta.revision ?? 0) > (this.meta.revision ?? 0)) Object.assign(this.meta, meta);
    if (this.pending.length) this.meta.clean = false;
  }

  /** What a Brushwire before this one kept of the board; once written here it is gone there. */
  async #older() {
    if (!(await liesHere(this.place))) return null;
    const { takeOver } = await import("#studio/canvas/takeover");
    return takeOver(this.place, this.board.blankDocument(), this.shelf);
  }

  async #moveIn({ done }) {
    this.whole = true;
    await this.keep();
    if (!this.whole) await this.safely(done);
  }
}
