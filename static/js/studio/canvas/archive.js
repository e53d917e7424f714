// A world in the browser's own database: what it began with, and each operation once. Works without the network.

import { asked } from "#lib/database";
import { database } from "#studio/canvas/chest";

const allOf = (board) => IDBKeyRange.bound([board, 0], [board, Infinity]);

async function read({ heads, bases, entries }, board) {
  const head = await asked(heads.get(board));
  if (!head) return null;
  const base = await asked(bases.get(board));
  return { ...head, base, entries: await asked(entries.getAll(allOf(board))) };
}

/** One board's place in the database. @throws DOMException where the browser has no room or allows nothing */
export class Archive {
  /** @param {string} board person and board */
  constructor(board) {
    this.board = board;
    this.stamp = 0;
    this.base = null;
    this.ids = [];
  }

  /** @returns {Promise<{base, entries, cursor, meta}|null>} */
  async load() {
    const found = await database.within("readonly", (stores) => read(stores, this.board));
    if (found) this.#know(found);
    return found;
  }

  /**
   * Write what has changed since the last time. When another window has written meanwhile nothing is, and what it wrote
   * is returned, for the caller to follow.
   */
  async save({ base, entries, cursor }, meta) {
    return database.within("readwrite", async (stores) => {
      const head = await asked(stores.heads.get(this.board));
      if (head && head.stamp !== this.stamp) {
        const theirs = await read(stores, this.board);
        this.#know(theirs);
        return theirs;
      }
      let same = 0;
      while (same < this.ids.length && this.ids[same] === entries[same]?.id) same += 1;
      if (same < this.ids.length) stores.entries.delete(IDBKeyRange.bound([this.board, same], [this.board, Infinity]));
      entries.slice(same).forEach((entry, n) => stores.entries.put(entry, [this.board, same + n]));
      if (base !== this.base) stores.bases.put(base, this.board);
      const stamp = this.stamp + 1;
      stores.heads.put({ stamp, cursor, meta }, this.board);
      this.#know({ stamp, base, entries, cursor });
      return null;
    });
  }

  /** Whether this is what was written or read last. */
  holds({ base, entries, cursor }) {
    return base === this.base && cursor === this.cursor && entries.length === this.ids.length && entries.every((entry, n) => entry.id === this.ids[n]);
  }

  forget() {
    return database.within("readwrite", ({ heads, bases, entries }) => {
      heads.delete(this.board);
      bases.delete(this.board);
      entries.delete(allOf(this.board));
    });
  }

  #know({ stamp, base, entries, cursor }) {
    this.stamp = stamp;
    this.base = base;
    this.cursor = cursor;
    this.ids = entries.map((entry) => entry.id);
  }
}
