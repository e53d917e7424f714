// What was done to a world, in order, with undo and redo over all of it. Operations, not copies. Pure.

import { freshId } from "#lib/ids";
import { apply, copyOf } from "#world/document";

// When there are more, the oldest become part of the base: a world is never cut, only how far back undo reaches.
export const LONGEST = 6000;
const FOLD = 2000;

export class WorldHistory {
  /**
   * @param {import("./document.js").World} base the world before the first operation; never changed
   * @param {{id: string, operation: object}[]} entries @param {number} cursor how many of them are done
   */
  constructor(base, entries = [], cursor = entries.length) {
    this.base = base;
    this.entries = [];
    this.undos = [];
    this.drawing = copyOf(base);
    this.#append(entries, cursor);
  }

  /** How many entries are done; the rest can be done again. */
  get cursor() {
    return this.undos.length;
  }

  get canUndo() {
    return this.cursor > 0;
  }

  get canRedo() {
    return this.cursor < this.entries.length;
  }

  /** Do an operation; what had been undone before is gone. @returns {boolean} whether anything changed */
  do(operation) {
    const undo = apply(this.drawing, operation);
    if (!undo) return false;
    this.entries.length = this.cursor;
    this.entries.push({ id: freshId(), operation });
    this.undos.push(undo);
    if (this.entries.length > LONGEST) this.#fold();
    return true;
  }

  /** @returns {boolean} whether anything was taken back */
  undo() {
    if (!this.canUndo) return false;
    this.undos.pop()();
    return true;
  }

  /** @returns {boolean} whether anything was done again */
  redo() {
    if (!this.canRedo) return false;
    this.#again();
    return true;
  }

  /** Become what another window of this board has: undo to where both agree, then do the rest. */
  follow(entries, cursor) {
    let same = 0;
    while (same < entries.length && this.entries[same]?.id === entries[same].id) same += 1;
    while (this.cursor > Math.min(same, cursor)) this.undos.pop()();
    this.entries.length = same;
    this.#append(entries.slice(same), cursor);
  }

  #append(entries, cursor) {
    this.entries.push(...entries);
    while (this.cursor < Math.min(cursor, this.entries.length)) this.#again();
  }

  #again() {
    this.undos.push(apply(this.drawing, this.entries[this.cursor].operation) ?? (() => undefined));
  }

  #fold() {
    const base = copyOf(this.base);
    for (const { operation } of this.entries.splice(0, FOLD)) apply(base, operation);
    this.undos.splice(0, FOLD);
    this.base = base;
  }
}
