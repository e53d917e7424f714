// What of a board's document the server has, and what it still has to get: batches, acknowledgements, sending again. Knows no socket.

import { _ } from "#lib/words";

// Changes that come within this many milliseconds go together.
const TOGETHER = 30;
// More than so many batches are not under way at once: the rest waits and goes as one.
const UNDER_WAY = 4;
// Milliseconds before what was refused is tried again: soon where it passes by itself, and seldom otherwise.
const [SOON, SELDOM] = [3_000, 30_000];
const PASSING = ["rate_limited", "internal", "unavailable"];

/** Event "state": whether everything is kept by the server (`kept`), or why not (`refused`: {code, message}), has changed. */
export class Sync extends EventTarget {
  /**
   * @param {import("../canvas/document.js").Document} document
   * @param {{send: (n: number, update: Uint8Array) => boolean, mayDraw: () => boolean}} hooks
   * @param {{setTimeout: Function, clearTimeout: Function, limit: number, pieces: typeof import("#studio/room/pieces").piecesOf}} parts
   *   `limit`: bytes that one update may have
   */
  constructor(document, hooks, parts) {
    super();
    Object.assign(this, { document, hooks, parts });
    /** Whether there may be something here that the server has not. */
    this.dirty = false;
    /** What the server is known to have; null while nobody greets us. @type {Uint8Array|null} */
    this.theirs = null;
    this.ready = false;
    this.refused = null;
    this.last = 0;
    /** Numbers of the updates that are not acknowledged. @type {Set<number>} */
    this.underWay = new Set();
    /** @type {Uint8Array[]} */
    this.waiting = [];
    this.hear = ({ detail }) => this.#changed(detail);
    document.addEventListener("update", this.hear);
  }

  /** Whether the server has everything that was drawn here. */
  get kept() {
    return !this.dirty;
  }

  /** This document is no longer the board's. */
  end() {
    this.pause();
    this.document.removeEventListener("update", this.hear);
  }

  /** What is here may hold things from an earlier visit that never reached the server. */
  doubt() {
    this.dirty = true;
  }

  /** The line is new, or gone: nothing that was under way will be answered. */
  pause() {
    this.ready = false;
    this.underWay.clear();
    this.waiting = [];
    this.#stop();
  }

  /** The server has said what it has: it gets the rest. */
  begin(vector) {
    this.theirs = vector;
    this.ready = true;
    this.refused = null;
    this.again();
  }

  /** Send everything that the server may lack, e.g. because one may draw again. */
  again() {
    if (!this.ready) return;
    this.#stop();
    this.underWay.clear();
    this.waiting = [];
    if (!this.dirty && this.document.ahead(this.theirs)) this.doubt();
    if (!this.dirty || !this.hooks.mayDraw()) return this.#tell();
    const all = this.document.since(this.theirs);
    // Too much for one message goes in pieces.
    this.waiting = all.length > this.parts.limit ? this.parts.pieces(all, this.theirs, this.parts.limit) : [all];
    return this.#flush();
  }

  received(update) {
    this.document.receive(update);
  }

  acknowledged(n) {
    for (const number of [...this.underWay]) if (number <= n) this.underWay.delete(number);
    this.refused = null;
    if (this.waiting.length) return this.#flush();
    if (this.underWay.size) return undefined;
    this.dirty = false;
    // All that came from others the server has had before us.
    this.theirs = this.document.vector();
    return this.#tell();
  }

  /** An update was not taken: what it held goes once more with all that came after it. */
  rejected({ code, message }) {
    this.refused = { code, message };
    this.underWay.clear();
    this.waiting = [];
    this.#later(PASSING.includes(code) ? SOON : SELDOM);
    this.#tell();
  }

  // ------------------------------------------------------------------------------------------------------------------

  #changed({ update, from }) {
    if (from === "room" || from === "kept") return;
    const before = this.dirty;
    this.dirty = true;
    if (!before) this.#tell();
    if (!this.ready || !this.hooks.mayDraw()) return;
    if (this.refused) return this.#later(SOON);
    this.waiting.push(update);
    this.timer ??= this.parts.setTimeout(() => this.#flush(), TOGETHER);
  }

  #flush() {
    this.#stop();
    while (this.waiting.length && this.underWay.size < UNDER_WAY) {
      const [n, update] = [this.last + 1, this.#first(this.waiting)];
      // One mark alone may be larger than what goes at once.
      if (update.length > this.parts.limit) return this.rejected({ code: "too_large", message: _("This drawing is too large to send.") });
      if (!this.hooks.send(n, update)) return this.pause();
      this.last = n;
      this.underWay.add(n);
    }
    return this.#tell();
  }

  /** As many of them as one message takes, as one; they are taken out of the list. */
  #first(updates) {
    let [count, size] = [1, updates[0].length];
    while (count < updates.length && (size += updates[count].length) < this.parts.limit) count += 1;
    const taken = updates.splice(0, count);
    return count === 1 ? taken[0] : this.document.merged(taken);
  }

  #later(wait) {
    this.#stop();
    this.timer = this.parts.setTimeout(() => {
      this.refused = null;
      this.again();
    }, wait);
  }

  #stop() {
    this.parts.clearTimeout(this.timer);
    this.timer = null;
  }

  #tell() {
    this.dispatchEvent(new Event("state"));
  }
}
