// What is alike in keeping any board in the browser: one write after the other, notes beside it, and a browser that is full.

import { Shelf } from "#studio/canvas/shelf";

/** Event: "full" (the browser has no room). Who extends it says what a `write()` is. */
export class Kept extends EventTarget {
  /** @param {object} board @param {string} place person and board id */
  constructor(board, place) {
    super();
    Object.assign(this, { board, place, meta: {}, shelf: new Shelf(place), last: Promise.resolve() });
  }

  /** Write now; one after the other. */
  keep() {
    clearTimeout(this.timer);
    this.timer = null;
    this.last = this.last.then(() => this.write());
    return this.last;
  }

  /** Remember something beside the board, e.g. which revision the server has. */
  note(facts) {
    Object.assign(this.meta, facts);
    this.noted = true;
    return this.keep();
  }

  /** Private windows and full disks: the page works and the server keeps the board; the person is told once. */
  async safely(act, failed = () => undefined) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      if (!this.told) this.dispatchEvent(new Event("full"));
      this.told = true;
      return failed();
    }
  }
}
