// What one person has done to a document, in order, each act in steps that can be taken back and done again without
// touching what others did meanwhile. Plain values: they can be kept.

// When there are more, the oldest cannot be undone any more; the drawing itself keeps everything.
export const LONGEST = 6000;
const FOLD = 2000;

/**
 * `gone`: while the act is done, the document's entry `key` says that these marks and layers are gone (they were
 * taken away) or it does not (they were made). Or a field of a layer (of the board, where `layer` is null).
 * @typedef {{key: string, ids: string[], gone: boolean}|{layer: string|null, name: string, from: any, to: any}} Step
 * @typedef {{id: string, steps: Step[]}} Act
 */
export class Acts {
  /** @param {Act[]} list @param {number} cursor how many of them are done */
  constructor(list = [], cursor = list.length) {
    Object.assign(this, { list, cursor });
    /** From which one on the list has changed since they were last written down. */
    this.changedFrom = Infinity;
  }

  /** Remember a new act; what had been undone before is gone. */
  push(act) {
    this.list.length = this.cursor;
    this.changedFrom = Math.min(this.changedFrom, this.list.length);
    this.list.push(act);
    if (this.list.length > LONGEST) {
      this.list.splice(0, FOLD);
      this.changedFrom = 0;
    }
    this.cursor = this.list.length;
  }

  /** What was kept of them. Whatever was done here already comes after it. @param {Act[]} list */
  become(list, cursor) {
    const mine = this.list.slice(0, this.cursor);
    this.list.splice(0, Infinity, ...(mine.length ? list.slice(0, cursor) : list), ...mine);
    this.changedFrom = mine.length ? cursor : Infinity;
    this.cursor = cursor + mine.length;
  }

  /** Do as another window of the same person: its acts from `from` on. What it was not told of yet comes after them. */
  follow({ from, list, cursor }) {
    if (from > this.list.length) return;
    const mine = this.list.slice(this.changedFrom, this.cursor);
    this.list.splice(Math.min(from, this.changedFrom), Infinity, ...list);
    this.cursor = Math.min(cursor, this.list.length);
    if (!mine.length) return;
    this.changedFrom = this.list.length = this.cursor;
    this.cursor = this.list.push(...mine);
  }
}
