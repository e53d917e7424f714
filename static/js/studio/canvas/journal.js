// A drawing's document in the browser's own database: what changed, one's own acts, and facts beside. Works without the network.

import { Database, asked } from "#lib/database";

const database = new Database("brushwire.drawings", 1, ["heads", "updates", "acts"]);

// After so many rows of one window all of them are one again: a board of thousands of strokes is still read at once.
const MANY = 100;

const from = (place, n) => IDBKeyRange.bound([place, n], [place, Infinity]);

/** One board's place in the database. @throws DOMException where the browser has no room or allows nothing */
export class Journal {
  /** @param {string} place person and board */
  constructor(place) {
    this.place = place;
    /** The rows whose content this window has: those that it read, and those that it wrote. Another's stay its own. */
    this.rows = [];
  }

  /** @returns {Promise<{updates: Uint8Array[], acts: object[], cursor: number, meta: object}|null>} */
  async load() {
    const [found, rows] = await database.within("readonly", async ({ heads, updates, acts }) => {
      const [head, keys] = [await asked(heads.get(this.place)), await asked(updates.getAllKeys(from(this.place, 0)))];
      return [head && { ...head, acts: await asked(acts.getAll(from(this.place, 0))), updates: await asked(updates.getAll(from(this.place, 0))) }, keys];
    });
    this.rows = rows;
    return found ?? null;
  }

  /** Whether it is time to write the whole document instead of one more change. */
  get full() {
    return this.rows.length >= MANY;
  }

  /**
   * Write what has changed since the last time. Several windows may: changes do not depend on who writes first.
   * @param {{update: Uint8Array|null, acts: {from: number, list: object[]}, cursor: number, meta: object}} change
   * @param {"one"|"own"|"all"} how `update` is one more change, or it is everything in this window's rows, or all there is
   */
  async save({ update, acts, cursor, meta }, how) {
    const row = await database.within("readwrite", async (stores) => {
      const { next = 0 } = (await asked(stores.heads.get(this.place))) ?? {};
      if (how === "all") stores.updates.delete(from(this.place, 0));
      if (how === "own") for (const key of this.rows) stores.updates.delete(key);
      if (update) stores.updates.put(update, [this.place, next]);
      stores.acts.delete(from(this.place, acts.from));
      acts.list.forEach((act, n) => stores.acts.put(act, [this.place, acts.from + n]));
      stores.heads.put({ next: next + 1, cursor, meta }, this.place);
      return [this.place, next];
    });
    if (how !== "one") this.rows = [];
    if (update) this.rows.push(row);
  }

  /** The facts as any window has written them last. */
  async meta() {
    return (await database.within("readonly", ({ heads }) => asked(heads.get(this.place))))?.meta;
  }

  forget() {
    return database.within("readwrite", ({ heads, updates, acts }) => {
      heads.delete(this.place);
      for (const store of [updates, acts]) store.delete(from(this.place, 0));
    });
  }
}
