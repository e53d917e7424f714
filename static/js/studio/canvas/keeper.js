// Keeps a board in the browser: soon after each change, together with the person's other windows. No server.

import { Archive } from "#studio/canvas/archive";
import { History } from "#studio/canvas/history";

const KEEP_AFTER = 300;

/** Events: "full" (the browser has no room), "followed" (another window changed the board). */
export class Keeper extends EventTarget {
  /** @param {import("./board.js").Board} board @param {string} place person and board id */
  constructor(board, place) {
    super();
    this.board = board;
    this.archive = new Archive(place);
    this.meta = {};
    this.others = new BroadcastChannel(`board.${place}`);
    this.others.onmessage = () => this.#follow();
  }

  /** Bring back what was drawn here before. @returns {Promise<boolean>} whether there was anything */
  async restore() {
    const found = await this.#safely(() => this.archive.load());
    if (!found) return false;
    this.meta = found.meta ?? {};
    await this.board.open(new History(found.base, found.entries, found.cursor));
    return true;
  }

  keepSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), KEEP_AFTER);
  }

  /** Write now; one after the other. */
  keep() {
    clearTimeout(this.timer);
    this.timer = null;
    this.last = (this.last ?? Promise.resolve()).then(() => this.#keep());
    return this.last;
  }

  close() {
    clearTimeout(this.timer);
    this.others.close();
  }

  async #keep() {
    const { history } = this.board;
    // What another window wrote and this one followed is not written once more, or the two would never be quiet.
    if (this.archive.holds(history)) return;
    const before = new Set(this.archive.ids);
    const theirs = await this.#safely(() => this.archive.save(history, this.meta));
    if (theirs === undefined) return;
    if (theirs) {
      await this.#take(theirs, history.entries.slice(0, history.cursor).filter((entry) => !before.has(entry.id)));
      await this.#safely(() => this.archive.save(this.board.history, this.meta));
    }
    this.others.postMessage("changed");
  }

  /** What the other window has, with what was drawn here meanwhile on top. */
  async #take(theirs, mine = []) {
    this.meta = theirs.meta ?? {};
    const { history } = this.board;
    const same = theirs.entries[0]?.id === history.entries[0]?.id && theirs.entries.length > 0;
    const next = same ? history : new History(theirs.base, theirs.entries, theirs.cursor);
    if (same) next.base = theirs.base; // the same drawing as its own, and the copy that the archive knows
    if (same) next.follow(theirs.entries, theirs.cursor);
    for (const { operation } of mine) next.do(operation);
    await this.board.open(next);
    this.dispatchEvent(new Event("followed"));
  }

  async #follow() {
    // What is not kept yet will meet the other's change when it is written.
    if (this.timer || this.board.pointer.drawing) return;
    const theirs = await this.#safely(() => this.archive.load());
    if (theirs) await this.#take(theirs);
  }

  async #safely(act) {
    try {
      return await act();
    } catch (error) {
      // Private windows and full disks: the page works and the server keeps the board; the person is told once.
      if (!(error instanceof DOMException)) throw error;
      if (!this.told) this.dispatchEvent(new Event("full"));
      this.told = true;
      return undefined;
    }
  }
}
