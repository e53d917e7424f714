// Keeps a world in the browser: soon after each change, together with the person's other windows. No server.

import { Archive } from "#studio/canvas/archive";
import { Kept } from "#studio/canvas/kept";

const KEEP_AFTER = 150;

/** Events: "full" (the browser has no room), "followed" (another window changed the board). */
export class Keeper extends Kept {
  /** @param {import("#world/world").World} board @param {string} place person and board id */
  constructor(board, place) {
    super(board, place);
    this.archive = new Archive(place);
    this.others = new BroadcastChannel(`board.${place}`);
    this.others.onmessage = () => this.#follow();
  }

  /** Bring back what was drawn here before. @returns {Promise<boolean>} whether there was anything */
  async restore() {
    const found = await this.safely(() => this.archive.load());
    if (!found) return false;
    this.meta = found.meta ?? {};
    await this.board.open(this.board.historyOf(found.base, found.entries, found.cursor));
    return true;
  }

  keepSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), KEEP_AFTER);
  }

  /** Nothing of this board stays in the browser. */
  forget() {
    return this.safely(() => Promise.all([this.archive.forget(), this.shelf.forget()]));
  }

  /** What other windows have written, now. */
  async reread() {
    const known = new Set(this.archive.ids);
    const theirs = await this.safely(() => this.archive.load());
    if (theirs) await this.#take(theirs, known);
  }

  async write() {
    const { history } = this.board;
    // What another window wrote and this one followed is not written once more, or the two would never be quiet.
    if (this.archive.holds(history) && !this.noted) return;
    const known = new Set(this.archive.ids);
    const theirs = await this.safely(() => this.archive.save(history, this.meta));
    if (theirs === undefined) return;
    if (theirs) {
      await this.#take(theirs, known);
      await this.safely(() => this.archive.save(this.board.history, this.meta));
    }
    this.noted = false;
    this.others.postMessage("changed");
  }

  /** What the other window has, with what was drawn here meanwhile (not among the `known` entries) on top. */
  async #take(theirs, known) {
    // A stroke that is being drawn is finished first: nothing from outside takes the pen out of the hand.
    while (this.board.pointer.drawing) await new Promise((resolve) => setTimeout(resolve, 100));
    const { history } = this.board;
    const mine = history.entries.slice(0, history.cursor).filter((entry) => !known.has(entry.id));
    if (!this.noted || (theirs.meta?.revision ?? 0) > (this.meta.revision ?? 0)) Object.assign(this.meta, theirs.meta);
    if (mine.length) this.meta.clean = false;
    const same = theirs.entries.length > 0 && theirs.entries[0].id === history.entries[0]?.id;
    const next = same ? history : this.board.historyOf(theirs.base, theirs.entries, theirs.cursor);
    if (same) next.base = theirs.base; // the same drawing as its own, and the copy that the archive knows
    if (same) next.follow(theirs.entries, theirs.cursor);
    for (const { operation } of mine) next.do(operation);
    await this.board.open(next);
    this.dispatchEvent(new Event("followed"));
  }

  // What is not kept yet will meet the other's change when it is written.
  async #follow() {
    if (!this.timer) await this.reread();
  }
}
