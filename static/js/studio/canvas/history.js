// What was done to a drawing, in order, with undo and redo over all of it. Operations, not copies. Pure.
// A world has one of its own kind (static/js/world/document.js): what is done to it is all that differs.

import { freshId } from "#lib/ids";
import { apply, copyOf } from "#studio/canvas/drawing";

// When there are more, the oldest become part of the base: a drawing is never cut, only how far back undo reaches.
export const LONGEST = 6000;
const FOLD = 2000;

export class History {
  /**
   * @param {import("./drawing.js").Drawing} base the drawing before the first operation; never changed
   * @param {{id: string, operation: object}[]} entries @param {number} cursor how many of them are done
   */
  constructor(base, entries = [], cursor = entries.length) {
    this.base = base;
    this.entries = [];
    this.undos = [];
    this.drawing = this.copy(base);
    this.#append(entries, cursor);
  }

  /** Do an operation to a drawing. @returns {(() => void)|null} see drawing.js */
  apply(drawing, operation) {
    return apply(drawing, operation);
  }

  /** A copy that can be changed without touching the original. */
  copy(drawing) {
    return copyOf(drawing);
  }

  /** How many entries are done; the rest can be done again. */
  get cursor() {
    return this.undos.length;
  }

  get canUndo() {
    return this.entries.slice(0, this.cursor).some((entry) => entry.operation.do !== "size");
  }

  get canRedo() {
    return this.entries.slice(this.cursor).some((entry) => entry.operation.do !== "size");
  }

  /** Do an operation; what had been undone before is gone. @returns {boolean} whether anything changed */
  do(operation) {
    const undo = this.apply(this.drawing, operation);
    if (!undo) return false;
    this.entries.length = this.cursor;
    this.entries.push({ id: freshId(), operation });
    this.undos.push(undo);
    if (this.entries.length > LONGEST) this.#fold();
    return true;
  }

  /** @returns {boolean} whether anything was taken back */
  undo() {
    // The board's size belongs to the settings, where it is changed back: undo passes over it.
    while (this.canUndo && this.#isSize(this.cursor - 1)) this.undos.pop();
    if (!this.canUndo) return false;
    this.undos.pop()();
    return true;
  }

  /** @returns {boolean} whether anything was done again */
  redo() {
    while (this.canRedo && this.#isSize(this.cursor)) this.undos.push(() => undefined);
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
    this.undos.push(this.apply(this.drawing, this.entries[this.cursor].operation) ?? (() => undefined));
  }

  #isSize(place) {
    return this.entries[place].operation.do === "size";
  }

  #fold() {
    const base = this.copy(this.base);
    for (const { operation } of this.entries.splice(0, FOLD)) this.apply(base, operation);
    this.undos.splice(0, FOLD);
    this.base = base;
  }
}
